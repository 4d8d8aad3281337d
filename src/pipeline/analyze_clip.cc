#include <algorithm>
#include <cmath>

#include "media/camera_motion.h"
#include "media/small_picture.h"
#include "pipeline/clip_feed.h"
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
      : detector_(detector),
        options_(options),
        stop_(stop),
        info_(info),
        small_(info.upright, detector == nullptr ? 1
                                                 : detector->largest_input_px(options.detection.profile,
                                                                              info.upright.shown())),
        camera_(info.upright),
        track_options_(track_options()),
        tracker_(track_options_) {
    if (recognizer != nullptr) people_.emplace(info_.upright, options_, *recognizer);
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
      if (auto added = settle(); !added) return added;
    }
    const bool is_due = frames_ % options_.detect_every == 0 || may_begin_shot || was_damaged_;
    was_damaged_ = frame.damaged;
    damaged_ += frame.damaged ? 1 : 0;
    ++frames_;
    waiting_ = Waiting{std::move(frame), change, motion, is_due};
    return {};
  }

  Result<ClipAnalysis> finish() {
    if (!waiting_) return fail(ErrorCode::kDamagedPhoto, "no frame of the clip can be decoded");
    waiting_->is_asked_for = true;
    if (auto added = settle(); !added) return fail(added);
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
  };

  TrackOptions track_options() const {
    TrackOptions options;
    if (detector_ == nullptr) return options;
    options.min_score =
        options_.detection.min_score.value_or(detector_->default_min_score(options_.detection.profile));
    options.low_score = std::min(options.low_score, options.min_score);
    return options;
  }

  Result<void> settle() {
    FrameObservation seen;
    seen.time = media_time(info_.time_base, waiting_->frame.time, last_time_);
    last_time_ = seen.time;
    seen.luma_change = waiting_->change;
    seen.camera = waiting_->camera;
    if (detector_ != nullptr && waiting_->is_asked_for && !waiting_->frame.damaged) {
      auto found = look_at(waiting_->frame);
      if (!found) return fail(found);
      seen.faces = std::move(*found);
    }
    waiting_.reset();
    if (options_.findings) options_.findings(seen);
    return tracker_.add(seen);
  }

  Result<std::vector<ScoredBox>> look_at(const VideoFrame& frame) {
    CpuStopwatch watch;
    const ImageView picture = small_.of(frame);
    watch.lap(timings_.shrink);
    auto faces = detector_->find_faces({info_.upright.shown(), {picture}}, options_.detection.profile,
                                       track_options_.low_score, stop_);
    watch.lap(timings_.detect);
    if (!faces) return fail(faces);
    ++looked_at_;
    std::vector<ScoredBox> boxes;
    for (const Face& face : *faces) boxes.push_back({face.box, face.score});
    if (!people_) return boxes;
    if (auto looked = people_->look(frame, *faces, boxes, stop_); !looked) return fail(looked);
    watch.lap(timings_.match);
    return boxes;
  }

  const Detector* detector_;
  const ClipOptions& options_;
  const StopCondition& stop_;
  ClipInfo info_;
  SmallPicture small_;
  LumaChange change_;
  CameraMotion camera_;
  TrackOptions track_options_;
  Tracker tracker_;
  std::optional<ClipPeople> people_;
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
  const auto thread = options.threads > 1 ? ClipFeed::Thread::kOwn : ClipFeed::Thread::kCallers;
  auto feed = ClipFeed::start(*demuxer, thread);
  if (!feed) return fail(feed);
  Analysis analysis(demuxer->info(), options.detect ? detector : nullptr, compares ? recognizer : nullptr,
                    options, stop);
  for (;;) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
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
