#include "service/observe/video_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <array>
#include <string>

#include "service/api/problem.h"

namespace face_privacy {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;

// In the order of VideoEvent::Kind.
constexpr std::array<std::string_view, 7> kEvents{"accepted",  "analyzed", "rendered", "failed",
                                                  "cancelled", "deleted",  "expired"};
constexpr std::array<std::string_view, 2> kClipStages{"analyze", "render"};

// What a clip may fail with.
constexpr std::array kFailures{ErrorCode::kInvalidOption, ErrorCode::kNotAPhoto,
                               ErrorCode::kDamagedPhoto,  ErrorCode::kTooManyBytes,
                               ErrorCode::kTooManyPixels, ErrorCode::kTooManyFrames,
                               ErrorCode::kTooCostly,     ErrorCode::kUnsupportedPhoto,
                               ErrorCode::kModel,         ErrorCode::kIo};

std::string code_of(ErrorCode error) { return std::string(name_of(video_problem_of({error, ""}).code)); }

Family<Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}
Family<Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
}

}  // namespace

struct VideoMetrics::Impl {
  explicit Impl(prometheus::Registry& registry)
      : jobs(gauges(registry, "face_privacy_video_jobs", "Clips that are here, by state")),
        jobs_limit(gauges(registry, "face_privacy_video_jobs_limit", "How many clips may be here").Add({})),
        events(counters(registry, "face_privacy_video_events_total", "What happened to clips")),
        failures(counters(registry, "face_privacy_video_failures_total", "Clips that failed, by code")),
        frames(counters(registry, "face_privacy_video_frames_total", "Frames of clips worked on, by stage")),
        seconds(counters(registry, "face_privacy_video_seconds_total",
                         "Playing time of clips worked on, by stage")),
        work_seconds(counters(registry, "face_privacy_video_work_seconds_total",
                              "Time that the work on clips took, by stage")),
        tracks(counters(registry, "face_privacy_video_tracks_total", "Tracks found in clips").Add({})),
        uncertain(counters(registry, "face_privacy_video_uncertain_spans_total",
                           "Spans of tracks in which a face may show")
                      .Add({})),
        people_clips(counters(registry, "face_privacy_video_people_clips_total",
                              "Clips in which people were looked for by their faces")
                         .Add({})),
        people_kept(counters(registry, "face_privacy_video_people_kept_total",
                             "Tracks left visible because they look like somebody's references")
                        .Add({})),
        people_asked(counters(registry, "face_privacy_video_people_asked_total",
                              "Tracks covered that perhaps look like somebody's references")
                         .Add({})),
        spooled_bytes(
            gauges(registry, "face_privacy_video_spooled_bytes", "Clips and results that are here").Add({})),
        spool_limit_bytes(
            gauges(registry, "face_privacy_video_spool_limit_bytes", "How many of these may be").Add({})) {
    for (const std::string_view event : kEvents) events.Add({{"event", std::string(event)}});
    for (const ErrorCode error : kFailures) failures.Add({{"code", code_of(error)}});
    for (const std::string_view stage : kClipStages) {
      for (Family<Counter>* family : {&frames, &seconds, &work_seconds}) {
        family->Add({{"stage", std::string(stage)}});
      }
    }
  }

  void stage_done(std::string_view stage, const VideoEvent& event) {
    const prometheus::Labels labels{{"stage", std::string(stage)}};
    frames.Add(labels).Increment(static_cast<double>(event.frames));
    seconds.Add(labels).Increment(event.clip_seconds);
    work_seconds.Add(labels).Increment(event.taken.count());
  }

  Family<Gauge>& jobs;
  Gauge& jobs_limit;
  Family<Counter>& events;
  Family<Counter>& failures;
  Family<Counter>& frames;
  Family<Counter>& seconds;
  Family<Counter>& work_seconds;
  Counter& tracks;
  Counter& uncertain;
  Counter& people_clips;
  Counter& people_kept;
  Counter& people_asked;
  Gauge& spooled_bytes;
  Gauge& spool_limit_bytes;
};

VideoMetrics::VideoMetrics(prometheus::Registry& registry) : impl_(std::make_unique<Impl>(registry)) {}
VideoMetrics::~VideoMetrics() = default;

void VideoMetrics::happened(const VideoEvent& event) {
  impl_->events.Add({{"event", std::string(kEvents[static_cast<std::size_t>(event.kind)])}}).Increment();
  switch (event.kind) {
    case VideoEvent::Kind::kAnalyzed:
      impl_->stage_done(kClipStages[0], event);
      impl_->tracks.Increment(event.tracks);
      impl_->uncertain.Increment(event.uncertain);
      if (!event.looked_for_people) break;
      impl_->people_clips.Increment();
      impl_->people_kept.Increment(event.kept);
      impl_->people_asked.Increment(event.asked);
      break;
    case VideoEvent::Kind::kRendered: impl_->stage_done(kClipStages[1], event); break;
    case VideoEvent::Kind::kFailed: impl_->failures.Add({{"code", code_of(event.error)}}).Increment(); break;
    case VideoEvent::Kind::kAccepted:
    case VideoEvent::Kind::kCancelled:
    case VideoEvent::Kind::kDeleted:
    case VideoEvent::Kind::kExpired: break;
  }
}

void VideoMetrics::update(const VideoJobs::Load& load, std::size_t jobs_limit,
                          std::size_t spool_limit_bytes) {
  for (std::size_t state = 0; state < load.by_state.size(); ++state) {
    const std::string name(name_of(static_cast<JobState>(state)));
    impl_->jobs.Add({{"state", name}}).Set(static_cast<double>(load.by_state[state]));
  }
  impl_->jobs_limit.Set(static_cast<double>(jobs_limit));
  impl_->spooled_bytes.Set(static_cast<double>(load.spooled_bytes));
  impl_->spool_limit_bytes.Set(static_cast<double>(spool_limit_bytes));
}

}  // namespace face_privacy
