#include <algorithm>
#include <cmath>

#include "media/camera_motion.h"
#include "pipeline/clip_feed.h"
#include "pipeline/clip_look.h"
#include "pipeline/clip_people.h"
#include "pipeline/clip_pipeline.h"
#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

// Since the clip's start, greater than `after`: two frames may be less than a microsecond apart.
MediaTime media_time(const TimeBase& base, std::int64_t ticks, std::optional<MediaTime> after) {
  const MediaTime time(std::llround(base.seconds(ticks) * 1e6));
  return after ? std::max(time, *after + MediaTime(1)) : time;
}

class Analysis {
 public:
  Analysis(const ClipInfo& info, const Detector* detector, const Recognizer* recognizer,
           const ClipOptions& options, const StopCondition& stop)
      : options_(options),
        stop_(stop),
        info_(info),
        camera_(info.upright),
        track_options_(track_options(detector)),
        tracker_(track_options_) {
    if (recognizer != nullptr) people_.emplace(info_.upright, options_, *recognizer);
    if (detector != nullptr)
      looks_.emplace(*detector, options, info_.upright, track_options_.low_score, stop);
  }

  // A frame waits for the one after it, which may show that it was the last of a shot.
  Result<void> add(VideoFrame&& frame) {
    CpuStopwatch watch;
    const float change = change_.to(frame);
    const Similarity motion = camera_.to(frame);
    watch.lap(timings_.shrink);
    const bool may_begin_shot = may_be_cut(change, waiting_ ? waiting_->change : 0);
    if (waiting_) {
      if (may_begin_shot || frame.damaged) waiting_->is_asked_for = true;
      if (may_begin_shot) waiting_->may_edge_shot = true;
      if (auto added = settle(); !added) return added;
    }
    const bool is_due = frames_ % options_.detect_every == 0 || may_begin_shot || was_damaged_;
    was_damaged_ = frame.damaged;
    damaged_ += frame.damaged ? 1 : 0;
    ++frames_;
    waiting_ = Waiting{std::move(frame), change, motion, is_due, may_begin_shot};
    return {};
  }

  Result<ClipAnalysis> finish() {
    if (!waiting_) return fail(ErrorCode::kDamagedPhoto, "no frame of the clip can be decoded");
    waiting_->is_asked_for = waiting_->may_edge_shot = true;
    if (auto added = settle(); !added) return fail(added);
    if (auto linked = link(true); !linked) return fail(linked);
    ClipTracks tracks = std::move(tracker_).finish();
    if (people_) people_->decide(tracks);
    return ClipAnalysis{info_, std::move(tracks), looked_at_, damaged_, timings_};
  }

  std::int64_t frames() const { return frames_; }

 private:
  struct Waiting {
    VideoFrame frame;
    float change = 0;
    Similarity camera;
    bool is_asked_for = false;
    bool may_edge_shot = false;  // may be the first of a shot, or the last
  };

  TrackOptions track_options(const Detector* detector) const {
    TrackOptions options;
    if (detector == nullptr) return options;
    options.min_score =
        options_.detection.min_score.value_or(detector->default_min_score(options_.detection.profile));
    options.low_score = std::min(options.low_score, options.min_score);
    return options;
  }

  Result<void> settle() {
    FrameObservation seen;
    seen.time = media_time(info_.time_base, waiting_->frame.time, last_time_);
    last_time_ = seen.time;
    seen.luma_change = waiting_->change;
    seen.camera = waiting_->camera;
    Waiting frame = std::move(*waiting_);
    waiting_.reset();
    if (!looks_) return link(seen);
    if (!frame.is_asked_for || frame.frame.damaged) {
      looks_->add(std::move(seen));
    } else {
      ++looked_at_;
      const bool closely = close_looks_.is_due(seen.time, frame.may_edge_shot);
      looks_->look(std::move(seen), std::move(frame.frame), closely);
    }
    return link(false);
  }

  // What has been looked at.
  Result<void> link(bool at_end) {
    while (looks_) {
      auto found = looks_->next(at_end, timings_);
      if (!found) break;
      if (!*found) return fail(*found);
      if (auto compared = compare(**found); !compared) return compared;
      if (auto linked = link((*found)->seen); !linked) return linked;
    }
    return {};
  }

  Result<void> compare(FoundFaces& found) {
    if (!people_ || found.frame == nullptr) return {};
    CpuStopwatch watch;
    auto looked = people_->look(*found.frame, found.faces, *found.seen.faces, stop_);
    watch.lap(timings_.match);
    return looked;
  }

  Result<void> link(const FrameObservation& seen) {
    if (options_.findings) options_.findings(seen);
    return tracker_.add(seen);
  }

  const ClipOptions& options_;
  const StopCondition& stop_;
  ClipInfo info_;
  LumaChange change_;
  CameraMotion camera_;
  TrackOptions track_options_;
  Tracker tracker_;
  std::optional<ClipPeople> people_;
  CloseLooks close_looks_;
  std::optional<ClipLooks> looks_;
  std::optional<Waiting> waiting_;
  std::optional<MediaTime> last_time_;
  bool was_damaged_ = false;
  std::int64_t frames_ = 0;
  std::int64_t looked_at_ = 0;
  std::int64_t damaged_ = 0;
  ClipTimings timings_;
};

}  // namespace

Result<ClipAnalysis> analyze_clip(int descriptor, const Detector* detector, const ClipOptions& options,
                                  const ClipLimits& limits, const StopCondition& stop,
                                  const ProgressReport& progress, const Recognizer* recognizer) {
  if (auto valid = validate(options); !valid) return fail(valid);
  const bool compares = options.detect && !options.detection.people.empty();
  if (compares && recognizer == nullptr) {
    return fail(ErrorCode::kModel, "there is no recognizer to compare faces with");
  }
  auto demuxer = Demuxer::open(descriptor, limits);
  if (!demuxer) return fail(demuxer);
  if (auto valid = validate_regions_in(options, demuxer->info().upright.shown()); !valid) return fail(valid);
  const auto thread = options.threads > 1 ? ClipFeed::Thread::kOwn : ClipFeed::Thread::kCallers;
  auto feed = ClipFeed::start(*demuxer, thread);
  if (!feed) return fail(feed);
  Analysis analysis(demuxer->info(), options.detect ? detector : nullptr, compares ? recognizer : nullptr,
                    options, stop);
  for (;;) {
    if (auto running = stop.check(); !running) return fail(running);
    auto item = (*feed)->next();
    if (!item) return fail(item);
    if (!*item) break;
    auto* frame = std::get_if<VideoFrame>(&**item);
    if (frame == nullptr) continue;
    if (auto added = analysis.add(std::move(*frame)); !added) return fail(added);
    if (progress) progress({ClipStage::kAnalyze, analysis.frames(), demuxer->info().frame_count});
  }
  auto result = analysis.finish();
  if (result) result->timings.decode = (*feed)->decode_time();
  return result;
}

}  // namespace face_privacy
