#include "service/observe/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "service/api/problem.h"
#include "service/observe/process_stats.h"

namespace face_privacy {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;
using Buckets = Histogram::BucketBoundaries;

const Buckets kRequestSeconds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
const Buckets kProcessingSeconds{0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15,
                                 0.25,  0.5,  1,    2.5,  5,    10,    30};
const Buckets kStageSeconds{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30};
const Buckets kFileBytes{10e3, 50e3, 100e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 10e6, 25e6, 50e6};
const Buckets kPixels{100e3, 500e3, 1e6, 2e6, 5e6, 12e6, 25e6, 50e6, 100e6};
const Buckets kWorkerBytes{32e6, 64e6, 128e6, 256e6, 512e6, 1e9, 2e9, 4e9};
const Buckets kFaces{0, 1, 2, 3, 5, 10, 20, 50, 100};
const Buckets kScores{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1};

constexpr float kBorderline = 0.1F;  // above the threshold; docs/metrics.md

constexpr std::array<std::pair<Rejection, std::string_view>, 11> kRejections{{
    {Rejection::kQueueFull, "queue_full"},
    {Rejection::kInFlightBytes, "in_flight_bytes"},
    {Rejection::kConnectionLimit, "connection_limit"},
    {Rejection::kDraining, "draining"},
    {Rejection::kStarting, "starting"},
    {Rejection::kUnauthorized, "unauthorized"},
    {Rejection::kHeaderTooLarge, "header_too_large"},
    {Rejection::kBodyTooLarge, "body_too_large"},
    {Rejection::kTooManyPixels, "too_many_pixels"},
    {Rejection::kSlowClient, "slow_client"},
    {Rejection::kDeadline, "deadline"},
}};
constexpr std::array<std::string_view, 2> kSightResults{"missed", "seen"};
constexpr std::array kUntimelyEnds{WorkerEnd::kCrash,   WorkerEnd::kForbiddenCall, WorkerEnd::kMemory,
                                   WorkerEnd::kCpuTime, WorkerEnd::kDeadline,      WorkerEnd::kCancelled,
                                   WorkerEnd::kKilled,  WorkerEnd::kHostLost};
// In the order of FeedbackEvent::Kind.
constexpr std::array<std::string_view, 5> kFeedbackEvents{"received", "erased", "purged", "refused",
                                                          "failed"};
constexpr std::array kCorrections{Correction::kConfirmed, Correction::kRemoved, Correction::kMoved,
                                  Correction::kDrawn};
constexpr std::array<std::string_view, 3> kPhases{"receive", "process", "send"};
constexpr std::array<std::string_view, 8> kStages{"receive", "queue",  "decode", "detect",
                                                  "redact",  "encode", "match",  "send"};
constexpr std::size_t kMatchStage = 6;  // only where people are looked for
constexpr std::array<std::string_view, 2> kOperations{"blur", "detect"};
constexpr std::array kProfiles{Profile::kFast, Profile::kBalanced, Profile::kThorough};
constexpr std::array kStyles{Style::kBlur, Style::kPixelate, Style::kFill};
constexpr std::array kFormats{Format::kJpeg, Format::kPng,  Format::kWebp, Format::kAvif,
                              Format::kHeic, Format::kTiff, Format::kGif};

std::string text(std::string_view view) { return std::string(view); }
std::string operation_name(bool redacted) { return text(kOperations[redacted ? 0 : 1]); }

}  // namespace

std::optional<Rejection> rejection_of(std::string_view problem_code) {
  static const std::map<std::string_view, Rejection> kByCode{
      {name_of(ProblemCode::kQueueFull), Rejection::kQueueFull},
      {name_of(ProblemCode::kTooManyInFlight), Rejection::kInFlightBytes},
      {name_of(ProblemCode::kDraining), Rejection::kDraining},
      {name_of(ProblemCode::kStarting), Rejection::kStarting},
      {name_of(ProblemCode::kUnauthorized), Rejection::kUnauthorized},
      {name_of(ProblemCode::kHeaderTooLarge), Rejection::kHeaderTooLarge},
      {name_of(ProblemCode::kTooManyBytes), Rejection::kBodyTooLarge},
      {name_of(ProblemCode::kTooManyPixels), Rejection::kTooManyPixels},
      {name_of(ProblemCode::kRequestTimeout), Rejection::kSlowClient},
      {name_of(ProblemCode::kDeadlineExceeded), Rejection::kDeadline},
  };
  const auto found = kByCode.find(problem_code);
  return found == kByCode.end() ? std::nullopt : std::optional(found->second);
}

struct Metrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& counters(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& gauges(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& histograms(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }
  Counter& counter(const char* name, const char* help) { return counters(name, help).Add({}); }
  Gauge& gauge(const char* name, const char* help) { return gauges(name, help).Add({}); }
  Histogram& histogram(const char* name, const char* help, const Buckets& buckets) {
    return histograms(name, help).Add({}, buckets);
  }

  Family<Counter>& requests = counters("face_privacy_http_requests_total", "Answers sent, or tried to");
  Family<Histogram>& request_seconds = histograms("face_privacy_http_request_duration_seconds",
                                                  "From the end of the header to the end of the answer");
  Family<Histogram>& processing_seconds = histograms("face_privacy_processing_duration_seconds",
                                                     "From the end of the body to the start of the answer");
  Family<Histogram>& stage_seconds =
      histograms("face_privacy_stage_duration_seconds", "Photos answered with 200, by stage");
  Family<Counter>& problems = counters("face_privacy_problems_total", "Error answers by their code");
  Family<Counter>& rejections =
      counters("face_privacy_rejected_requests_total", "Refused to protect the service");
  Family<Counter>& cancellations =
      counters("face_privacy_cancelled_requests_total", "The client went away before it had its answer");
  Counter& received_bytes = counter("face_privacy_received_bytes_total", "Bytes of request bodies");
  Counter& sent_bytes = counter("face_privacy_sent_bytes_total", "Bytes of the answers' bodies");

  Gauge& requests_in_flight =
      gauge("face_privacy_requests_in_flight", "Photo requests between header and end of answer");
  Gauge& in_flight_bytes = gauge("face_privacy_in_flight_bytes", "Bodies and answers held in memory");
  Gauge& in_flight_limit_bytes = gauge("face_privacy_in_flight_limit_bytes", "How many of them may be");
  Gauge& queue_depth = gauge("face_privacy_queue_depth", "Photos waiting for a core");
  Gauge& queue_capacity = gauge("face_privacy_queue_capacity", "How many photos may wait");
  Gauge& compute_threads = gauge("face_privacy_compute_threads", "Photos that can be worked on at once");
  Gauge& compute_busy_threads = gauge("face_privacy_compute_busy_threads", "Compute threads at work");
  Counter& compute_seconds =
      counter("face_privacy_compute_seconds_total", "Time that compute threads were at work");
  Family<Counter>& workers_restarted = counters("face_privacy_workers_restarted_total",
                                                "Processes that ended before their photo was done, by why");
  Counter& worker_killed_seconds = counter("face_privacy_worker_killed_seconds_total",
                                           "Time spent on photos whose process ended before they were done");
  Counter& worker_cpu_seconds = counter("face_privacy_worker_cpu_seconds_total",
                                        "Processor time of the processes that photos are worked on in");
  Histogram& worker_memory = histogram("face_privacy_worker_memory_bytes",
                                       "Resident memory of such a process at its largest", kWorkerBytes);
  Gauge& connections_open = gauge("face_privacy_connections_open", "TCP connections");
  Gauge& connections_limit = gauge("face_privacy_connections_limit", "How many TCP connections may be open");
  Counter& connections = counter("face_privacy_connections_total", "TCP connections accepted");

  Family<Counter>& photos = counters("face_privacy_photos_total", "Photos answered with 200");
  Family<Counter>& photo_formats =
      counters("face_privacy_photo_formats_total", "Photos answered with 200, by the format they came in");
  Histogram& photo_bytes =
      histogram("face_privacy_photo_size_bytes", "Photos answered with 200: the file", kFileBytes);
  Histogram& photo_pixels =
      histogram("face_privacy_photo_size_pixels", "Photos answered with 200: the picture", kPixels);
  Counter& fast_path_photos =
      counter("face_privacy_fast_path_photos_total", "Blurred without touching anything outside the faces");

  Family<Histogram>& photo_faces = histograms("face_privacy_photo_faces", "Faces found in a photo");
  Family<Counter>& photos_without_face =
      counters("face_privacy_photos_without_face_total", "Photos in which no face was found");
  Histogram& scores = histogram("face_privacy_detection_score_ratio", "Score of each face found", kScores);
  Counter& borderline = counter("face_privacy_borderline_detections_total",
                                "Faces with a score less than 0.1 above the threshold");
  Family<Gauge>& default_min_scores =
      gauges("face_privacy_default_min_score_ratio", "The threshold where a request names none");
  Counter& regions = counter("face_privacy_regions_redacted_total", "Regions made unrecognizable");
  Counter& faces_kept =
      counter("face_privacy_faces_kept_total", "Faces left visible because the request asked for it");
  Counter& people_photos =
      counter("face_privacy_people_photos_total", "Photos in which people were looked for by their faces");
  Counter& people_kept = counter("face_privacy_people_kept_total",
                                 "Faces left visible because they look like a person of the request");
  Counter& people_asked = counter("face_privacy_people_asked_total",
                                  "Faces that may be a person of the request, covered until someone decides");

  Family<Counter>& sight_checks =
      counters("face_privacy_sight_checks_total", "Looks at a built-in photo with known faces");
  Gauge& ready = gauge("face_privacy_ready", "1 as /readyz answers 200");
  Gauge& draining = gauge("face_privacy_draining", "1 from SIGTERM on");
  Family<Gauge>& build_info = gauges("face_privacy_build_info", "Always 1");
  Family<Gauge>& model_info = gauges("face_privacy_model_info", "Always 1");
  Gauge* model_now = nullptr;  // of `model_info`
  Family<Counter>& model_pulls = counters("face_privacy_model_pulls_total",
                                          "Questions for weights to the MLflow server, by what came of it");
  Gauge& model_pull_failing =
      gauge("face_privacy_model_pull_failing", "1 while the last such question had no good answer");
  Counter& process_cpu = counter("process_cpu_seconds_total", "User and system time");
  Gauge& process_resident = gauge("process_resident_memory_bytes", "Resident memory");
  Gauge& workers_resident = gauge("face_privacy_workers_resident_bytes",
                                  "Memory of the processes that photos and clips are worked on in");
  Gauge& process_virtual = gauge("process_virtual_memory_bytes", "Virtual memory");
  Gauge& process_open_fds = gauge("process_open_fds", "Open file descriptors");
  Gauge& process_max_fds = gauge("process_max_fds", "How many file descriptors may be open");
  Gauge& process_start = gauge("process_start_time_seconds", "Start of the process, Unix time");
  Gauge& process_threads = gauge("process_threads", "Threads");

  VideoMetrics videos{registry};

  Family<Counter>& feedback_events =
      counters("face_privacy_feedback_events_total", "What happened to reports of corrections");
  Family<Counter>& feedback_boxes =
      counters("face_privacy_feedback_boxes_total", "Boxes of reports, by what people did to them");
  Gauge& feedback_reports = gauge("face_privacy_feedback_reports", "Reports that are kept");
  Gauge& feedback_bytes = gauge("face_privacy_feedback_bytes", "Bytes that they take");
  Gauge& feedback_limit_bytes =
      gauge("face_privacy_feedback_limit_bytes", "How many these may be; 0: no reports are taken");

  Family<Counter>& held_events =
      counters("face_privacy_held_photo_events_total", "What happened to photos that are held");
  std::array<Counter*, HeldPhotos::kEventNames.size()> held_event{};  // of `held_events`
  Gauge& held_photos = gauge("face_privacy_held_photos", "Photos held to be asked about again");
  Gauge& held_bytes = gauge("face_privacy_held_photo_bytes", "Bytes of these");
  Gauge& held_limit_bytes =
      gauge("face_privacy_held_photo_limit_bytes", "How many these may be; 0: none is held");
  std::size_t video_jobs_limit = 0;
  std::size_t video_spool_limit_bytes = 0;

  // Looked up for every photo, so held here.
  std::array<Histogram*, kStages.size()> stages{};

  void add_series_that_are_there_from_the_start();
  void add_settings(const MetricsSettings& settings);
  void serves(const ModelInfo& model);
  void read_process();
};

void Metrics::Impl::add_series_that_are_there_from_the_start() {
  for (std::size_t i = 0; i < kStages.size(); ++i) {
    stages[i] = &stage_seconds.Add({{"stage", text(kStages[i])}}, kStageSeconds);
  }
  for (const Route route : photo_routes()) {
    requests.Add({{"route", text(label_of(route))}, {"method", "POST"}, {"status", "200"}});
    request_seconds.Add({{"route", text(label_of(route))}}, kRequestSeconds);
    processing_seconds.Add({{"route", text(label_of(route))}}, kProcessingSeconds);
  }
  for (std::size_t i = 0; i < held_event.size(); ++i) {
    held_event[i] = &held_events.Add({{"event", text(HeldPhotos::kEventNames[i])}});
  }
  for (const ProblemCode code : all_problem_codes()) problems.Add({{"code", text(name_of(code))}});
  for (const auto& [reason, name] : kRejections) rejections.Add({{"reason", text(name)}});
  for (const std::string_view result : kSightResults) sight_checks.Add({{"result", text(result)}});
  for (const std::string_view event : kFeedbackEvents) feedback_events.Add({{"event", text(event)}});
  for (const Correction action : kCorrections) feedback_boxes.Add({{"action", text(name_of(action))}});
  for (const WorkerEnd end : kUntimelyEnds) workers_restarted.Add({{"reason", text(name_of(end))}});
  for (const std::string_view phase : kPhases) cancellations.Add({{"phase", text(phase)}});
  for (const Format format : kFormats) photo_formats.Add({{"format", text(name_of(format))}});
  for (const std::string_view operation : kOperations) {
    photo_faces.Add({{"operation", text(operation)}}, kFaces);
    photos_without_face.Add({{"operation", text(operation)}});
  }
  for (const Profile profile : kProfiles) {
    photos.Add({{"operation", "detect"}, {"profile", text(name_of(profile))}, {"style", "none"}});
  }
  for (const Style style : kStyles) {
    const std::string style_name = text(name_of(style));
    for (const Profile profile : kProfiles) {
      photos.Add({{"operation", "blur"}, {"profile", text(name_of(profile))}, {"style", style_name}});
    }
    photos.Add({{"operation", "blur"}, {"profile", "none"}, {"style", style_name}});
  }
}

void Metrics::Impl::add_settings(const MetricsSettings& settings) {
  build_info.Add({{"version", settings.version}, {"compiler", settings.compiler}}).Set(1);
  serves(settings.model);
  for (const std::string_view result : settings.pull_results) model_pulls.Add({{"result", text(result)}});
  for (const auto& [profile, score] : settings.default_min_scores) {
    default_min_scores.Add({{"profile", text(name_of(profile))}}).Set(score);
  }
  in_flight_limit_bytes.Set(static_cast<double>(settings.in_flight_limit_bytes));
  queue_capacity.Set(static_cast<double>(settings.queue_capacity));
  compute_threads.Set(settings.compute_threads);
  connections_limit.Set(static_cast<double>(settings.connections_limit));
  feedback_limit_bytes.Set(static_cast<double>(settings.feedback_limit_bytes));
  held_limit_bytes.Set(static_cast<double>(settings.held_limit_bytes));
  video_jobs_limit = settings.video_jobs_limit;
  video_spool_limit_bytes = settings.video_spool_limit_bytes;
}

void Metrics::Impl::serves(const ModelInfo& model) {
  Gauge& now = model_info.Add(
      {{"name", model.name}, {"sha256", model.sha256}, {"layout", model.layout}, {"engine", model.engine}});
  if (model_now != nullptr && model_now != &now) model_info.Remove(model_now);
  model_now = &now;
  now.Set(1);
}

void Metrics::Impl::read_process() {
  const ProcessStats stats = read_process_stats();
  process_cpu.Increment(std::max(0.0, stats.cpu_seconds - process_cpu.Value()));
  process_resident.Set(static_cast<double>(stats.resident_bytes));
  workers_resident.Set(static_cast<double>(stats.workers_resident_bytes));
  process_virtual.Set(static_cast<double>(stats.virtual_bytes));
  process_open_fds.Set(static_cast<double>(stats.open_fds));
  process_max_fds.Set(static_cast<double>(stats.max_fds));
  process_start.Set(stats.start_time_seconds);
  process_threads.Set(static_cast<double>(stats.threads));
}

Metrics::Metrics(const MetricsSettings& settings) : impl_(std::make_unique<Impl>()) {
  impl_->add_series_that_are_there_from_the_start();
  impl_->add_settings(settings);
}

Metrics::~Metrics() = default;

void Metrics::connection_accepted() { impl_->connections.Increment(); }

void Metrics::rejected(Rejection reason) {
  const auto entry = std::find_if(kRejections.begin(), kRejections.end(),
                                  [&](const auto& candidate) { return candidate.first == reason; });
  impl_->rejections.Add({{"reason", text(entry->second)}}).Increment();
}

void Metrics::looked(bool seen) {
  impl_->sight_checks.Add({{"result", text(kSightResults[seen ? 1 : 0])}}).Increment();
}

void Metrics::pulled(std::string_view result, bool succeeded, const ModelInfo& model) {
  impl_->model_pulls.Add({{"result", text(result)}}).Increment();
  impl_->model_pull_failing.Set(succeeded ? 0 : 1);
  impl_->serves(model);
}

void Metrics::cancelled(Phase phase) {
  impl_->cancellations.Add({{"phase", text(kPhases[static_cast<std::size_t>(phase)])}}).Increment();
}

void Metrics::received(std::size_t bytes) { impl_->received_bytes.Increment(static_cast<double>(bytes)); }
void Metrics::sent(std::size_t bytes) { impl_->sent_bytes.Increment(static_cast<double>(bytes)); }

void Metrics::worker_ended(const WorkerEvent& event) {
  if (event.usage.cpu_seconds > 0) {
    impl_->worker_cpu_seconds.Increment(event.usage.cpu_seconds);
    impl_->worker_memory.Observe(static_cast<double>(event.usage.peak_bytes));
  }
  if (event.end == WorkerEnd::kDone) return;
  impl_->workers_restarted.Add({{"reason", text(name_of(event.end))}}).Increment();
  impl_->worker_killed_seconds.Increment(event.wall.count());
}

void Metrics::video_happened(const VideoEvent& event) { impl_->videos.happened(event); }

void Metrics::feedback_happened(const FeedbackEvent& event) {
  const std::string_view name = kFeedbackEvents[static_cast<std::size_t>(event.kind)];
  impl_->feedback_events.Add({{"event", text(name)}}).Increment(static_cast<double>(event.reports));
  if (event.report == nullptr) return;
  for (const CorrectedBox& box : event.report->boxes) {
    impl_->feedback_boxes.Add({{"action", text(name_of(box.action))}}).Increment();
  }
}

void Metrics::problem(std::string_view code) { impl_->problems.Add({{"code", text(code)}}).Increment(); }

void Metrics::request_done(Route route, Method method, int status, Seconds duration) {
  const std::string label = text(label_of(route));
  impl_->requests
      .Add({{"route", label}, {"method", text(name_of(method))}, {"status", std::to_string(status)}})
      .Increment();
  impl_->request_seconds.Add({{"route", label}}, kRequestSeconds).Observe(duration.count());
}

void Metrics::photo_done(Route route, const PhotoFacts& facts, Seconds processing) {
  const std::string operation = operation_name(facts.redacted);
  const std::string profile = facts.detected ? text(name_of(facts.profile)) : "none";
  const std::string style = facts.style ? text(name_of(*facts.style)) : "none";
  impl_->processing_seconds.Add({{"route", text(label_of(route))}}, kProcessingSeconds)
      .Observe(processing.count());
  impl_->photos.Add({{"operation", operation}, {"profile", profile}, {"style", style}}).Increment();
  impl_->photo_formats.Add({{"format", text(name_of(facts.format))}}).Increment();
  impl_->photo_bytes.Observe(static_cast<double>(facts.size_bytes));
  impl_->photo_pixels.Observe(static_cast<double>(facts.size_pixels));
  if (facts.fast_path) impl_->fast_path_photos.Increment();
  if (facts.detected) {
    impl_->photo_faces.Add({{"operation", operation}}, kFaces)
        .Observe(static_cast<double>(facts.scores.size()));
    if (facts.scores.empty()) impl_->photos_without_face.Add({{"operation", operation}}).Increment();
  }
  for (const float score : facts.scores) {
    impl_->scores.Observe(score);
    if (score < facts.min_score + kBorderline) impl_->borderline.Increment();
  }
  impl_->regions.Increment(facts.regions);
  impl_->faces_kept.Increment(facts.faces_kept);
  impl_->people_kept.Increment(facts.people_kept);
  impl_->people_asked.Increment(facts.people_asked);
  if (facts.people_looked_for) {
    impl_->people_photos.Increment();
    impl_->stages[kMatchStage]->Observe(Seconds(facts.timings.match).count());
  }
  const std::array<Seconds, 5> durations{facts.queue, facts.timings.decode, facts.timings.detect,
                                         facts.timings.redact, facts.timings.encode};
  for (std::size_t i = 0; i < durations.size(); ++i) impl_->stages[i + 1]->Observe(durations[i].count());
}

void Metrics::stage_receive(Seconds duration) { impl_->stages.front()->Observe(duration.count()); }
void Metrics::stage_send(Seconds duration) { impl_->stages.back()->Observe(duration.count()); }

std::string Metrics::expose(const MetricsSnapshot& snapshot) {
  Impl& all = *impl_;
  all.requests_in_flight.Set(static_cast<double>(snapshot.requests_in_flight));
  all.in_flight_bytes.Set(static_cast<double>(snapshot.in_flight_bytes));
  all.queue_depth.Set(static_cast<double>(snapshot.queue_depth));
  all.compute_busy_threads.Set(snapshot.compute_busy_threads);
  all.compute_seconds.Increment(std::max(0.0, snapshot.compute_time.count() - all.compute_seconds.Value()));
  all.connections_open.Set(static_cast<double>(snapshot.connections_open));
  all.feedback_reports.Set(static_cast<double>(snapshot.feedback.reports));
  all.feedback_bytes.Set(static_cast<double>(snapshot.feedback.bytes));
  all.held_photos.Set(static_cast<double>(snapshot.held.photos));
  all.held_bytes.Set(static_cast<double>(snapshot.held.bytes));
  for (std::size_t i = 0; i < all.held_event.size(); ++i) {
    Counter& counter = *all.held_event[i];
    counter.Increment(std::max(0.0, static_cast<double>(snapshot.held.events[i]) - counter.Value()));
  }
  all.ready.Set(snapshot.ready ? 1 : 0);
  all.draining.Set(snapshot.draining ? 1 : 0);
  all.videos.update(snapshot.videos, all.video_jobs_limit, all.video_spool_limit_bytes);
  all.read_process();
  std::ostringstream stream;
  prometheus::TextSerializer().Serialize(stream, all.registry.Collect());
  return stream.str();
}

}  // namespace face_privacy
