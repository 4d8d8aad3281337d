#include "worker/clip_worker.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "report/tracks_file.h"
#include "worker/clip_messages.h"
#include "worker/clip_workers.h"

namespace face_privacy {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kBetweenReports{100};

tl::unexpected<Error> unreadable_options() {
  return fail(ErrorCode::kInvalidOption, "the options cannot be read");
}

std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The last frame is always told.
ProgressReport progress_of(const Job& job) {
  return [&job, last = Clock::time_point()](const ClipProgress& at) mutable {
    const Clock::time_point now = Clock::now();
    if (now - last < kBetweenReports && at.frames != at.expected) return;
    last = now;
    job.report_progress(to_wire(at));
  };
}

TracksSummary summary_of(const ClipTracks& clip) {
  TracksSummary summary;
  summary.tracks = static_cast<std::uint32_t>(clip.tracks.size());
  const auto time_of = [&](int frame) { return clip.times[static_cast<std::size_t>(frame)]; };
  for (const Track& track : clip.tracks) {
    summary.kept += track.keep ? 1 : 0;
    summary.asked += !track.keep && track.match && track.match->verdict == Verdict::kAsk ? 1 : 0;
    for (const FrameSpan& span : track.uncertain) {
      ++summary.uncertain_count;
      if (summary.uncertain.size() >= TracksSummary::kMaxSpans) continue;
      summary.uncertain.push_back({track.id, span, time_of(span.first), time_of(span.last)});
    }
  }
  return summary;
}

ClipSummary summary_of(const ClipAnalysis& analysis) {
  const ClipInfo& info = analysis.info;
  return {info.upright.shown(),
          analysis.tracks.frame_count(),
          info.duration_s,
          info.frames_per_second,
          info.container,
          info.codec_name,
          info.audio_tracks,
          analysis.looked_at,
          analysis.damaged_frames,
          summary_of(analysis.tracks),
          {},
          analysis.timings};
}

RenderSummary summary_of(const ClipReport& report) {
  const ClipInfo& info = report.info;
  return {info.upright.shown(),
          info.duration_s,
          info.container,
          info.codec_name,
          report.container,
          report.codec,
          report.encoder,
          report.frames,
          report.copied_frames,
          report.covered_frames,
          report.regions,
          report.damaged_frames,
          report.timings,
          {},
          {}};
}

TracksOrigin origin_of(const ClipOptions& options, const Detector& detector) {
  const DetectOptions& detection = options.detection;
  return {std::string(name_of(detection.profile)), detector.model().name, detector.model().sha256,
          detection.min_score.value_or(detector.default_min_score(detection.profile)), options.detect_every};
}

Result<JobAnswer> analyze(const Job& job, const Detector& detector, const Recognizer* recognizer) {
  const auto options = from_wire<ClipOptions>(job.options());
  if (!options) return unreadable_options();
  auto analysis =
      analyze_clip(job.input_descriptor(), &detector, *options, {}, {}, progress_of(job), recognizer);
  if (!analysis) return fail(analysis);
  ClipSummary summary = summary_of(*analysis);
  summary.origin = origin_of(*options, detector);
  const std::string tracks =
      tracks_to_json({analysis->info.upright.shown(), std::move(analysis->tracks), summary.origin});
  return JobAnswer{to_wire(std::move(summary)), Bytes(tracks.begin(), tracks.end())};
}

Result<JobAnswer> render(const Job& job, const Detector& detector, const Recognizer* recognizer,
                         const Detector* other) {
  const auto request = from_wire<RenderRequest>(job.options());
  if (!request) return unreadable_options();
  const auto tracks = tracks_from_json(text_of(request->tracks));
  if (!tracks) return fail(tracks);
  // Another worker may have begun it.
  if (::ftruncate(job.output(), 0) != 0) return fail(ErrorCode::kIo, "the result cannot be written");
  const auto report = render_clip(job.input_descriptor(), job.output(), tracks->clip, request->options, {},
                                  {}, progress_of(job));
  if (!report) return fail(report);
  if (report->info.upright.shown() != tracks->size) {
    return fail(ErrorCode::kInvalidOption, "the tracks are not of this clip: its picture has another size");
  }
  RenderSummary summary = summary_of(*report);
  if (request->options.receipt != Receipt::kNone) {
    auto checks = check_clip(job.input_descriptor(), job.output(), tracks->clip, request->options,
                             {second_look(detector, other), recognizer}, {}, {}, progress_of(job));
    if (!checks) return fail(checks);
    summary.checks = std::move(*checks);
    if (other != nullptr) summary.second_model = other->model();
    if (recognizer != nullptr) summary.recognizer = recognizer->info();
  }
  return JobAnswer{to_wire(std::move(summary)), {}};
}

// The input is the edited file, the options are the one that the analysis gave.
Result<JobAnswer> check_tracks(const Job& job) {
  const auto known = tracks_from_json(text_of(job.options()));
  if (!known) return fail(known);
  const auto edited = tracks_from_json(text_of(job.input()));
  if (!edited) return fail(edited);
  if (auto same = check_same_clip(*edited, *known); !same) return fail(same);
  return JobAnswer{to_wire(summary_of(edited->clip)), {}};
}

Result<JobAnswer> show_frame(const Job& job) {
  const auto request = from_wire<ClipFrameRequest>(job.options());
  if (!request) return unreadable_options();
  const auto tracks = tracks_from_json(text_of(request->tracks));
  if (!tracks) return fail(tracks);
  auto jpeg = clip_frame_to_jpeg(job.input_descriptor(), tracks->clip, request->options, {}, {});
  if (!jpeg) return fail(jpeg);
  return JobAnswer{{}, std::move(*jpeg)};
}

}  // namespace

bool is_clip_job(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(ClipJobKind::kAnalyze) &&
         kind <= static_cast<std::uint8_t>(ClipJobKind::kFrame);
}

Result<JobAnswer> answer_clip_job(const Job& job, const Detector& detector, const Recognizer* recognizer,
                                  const Detector* other) {
  switch (static_cast<ClipJobKind>(job.kind())) {
    case ClipJobKind::kAnalyze: return analyze(job, detector, recognizer);
    case ClipJobKind::kRender: return render(job, detector, recognizer, other);
    case ClipJobKind::kCheckTracks: return check_tracks(job);
    case ClipJobKind::kFrame: return show_frame(job);
  }
  return fail(ErrorCode::kInvalidOption, "there is no such job");
}

}  // namespace face_privacy
