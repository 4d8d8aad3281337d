#include "pipeline/clip_look.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "pipeline/cpu_stopwatch.h"

namespace face_privacy {
namespace {

// `balanced` finds hardly more people by looks as `thorough` takes, which cost as much again as half of its
// own (docs/video-accuracy.md).
std::optional<Profile> closer_than(Profile profile) {
  return profile == Profile::kFast ? std::optional(Profile::kBalanced) : std::nullopt;
}

void add(const ClipTimings& more, ClipTimings& sum) {
  sum.shrink += more.shrink;
  sum.detect += more.detect;
}

}  // namespace

float rescaled_score(float score, float from, float to) {
  if (score < from) return score * to / from;
  return from < 1 ? to + (score - from) * (1 - to) / (1 - from) : score;
}

bool CloseLooks::is_due(MediaTime time, bool may_edge_shot) {
  if (last_ && !may_edge_shot && time - *last_ < between_) return false;
  last_ = time;
  return true;
}

ClipLook::Way::Way(const Detector& detector, Profile given, const Upright& upright)
    : profile(given), small(upright, detector.largest_input_px(given, upright.shown())) {}

ClipLook::ClipLook(const Detector& detector, const ClipOptions& options, const Upright& upright)
    : detector_(detector), shown_(upright.shown()), usual_(detector, options.detection.profile, upright) {
  const auto closer = closer_than(options.detection.profile);
  if (closer && options.looks_closely) close_.emplace(detector, *closer, upright);
}

Result<std::vector<Face>> ClipLook::at(const VideoFrame& frame, bool closely, float low_score,
                                       const StopCondition& stop, ClipTimings& timings) {
  Way& way = closely && close_ ? *close_ : usual_;
  const float usual = detector_.default_min_score(usual_.profile);
  const float own = detector_.default_min_score(way.profile);
  CpuStopwatch watch;
  const ImageView picture = way.small.of(frame);
  watch.lap(timings.shrink);
  auto faces = detector_.find_faces({shown_, {picture}}, way.profile,
                                    std::min(low_score, rescaled_score(low_score, usual, own)), stop);
  watch.lap(timings.detect);
  return faces;
}

std::vector<ScoredBox> ClipLook::boxes_of(const std::vector<Face>& faces, bool closely) const {
  const float usual = detector_.default_min_score(usual_.profile);
  const float own = detector_.default_min_score(closely && close_ ? close_->profile : usual_.profile);
  std::vector<ScoredBox> boxes;
  boxes.reserve(faces.size());
  for (const Face& face : faces) boxes.push_back({face.box, rescaled_score(face.score, own, usual)});
  return boxes;
}

ClipLooks::ClipLooks(const Detector& detector, const ClipOptions& options, const Upright& upright,
                     float low_score, const StopCondition& stop)
    : low_score_(low_score), stop_(stop), idle_(std::max(1, options.threads)) {
  for (int i = 0; i < std::max(1, options.threads); ++i) {
    idle_.push(&looks_.emplace_back(detector, options, upright));
  }
}

void ClipLooks::add(FrameObservation&& seen) { pending_.push_back({{std::move(seen)}}); }

void ClipLooks::look(FrameObservation&& seen, VideoFrame&& frame, bool closely) {
  // std::async wants to copy what it is given.
  const auto shared = std::make_shared<const VideoFrame>(std::move(frame));
  const auto policy = looks_.size() > 1 ? std::launch::async : std::launch::deferred;
  ++asked_for_;
  pending_.push_back({{std::move(seen), shared}, closely, std::async(policy, [this, closely, shared] {
                        return look_at(*shared, closely);
                      })});
}

ClipLooks::Looked ClipLooks::look_at(const VideoFrame& frame, bool closely) {
  ClipLook* look = *idle_.pop();
  const auto give_back = [&](ClipLook* one) { idle_.push(one); };
  const std::unique_ptr<ClipLook, decltype(give_back)> borrowed(look, give_back);
  ClipTimings timings;
  auto faces = look->at(frame, closely, low_score_, stop_, timings);
  return {std::move(faces), timings};
}

std::optional<Result<FoundFaces>> ClipLooks::next(bool at_end, ClipTimings& timings) {
  if (pending_.empty()) return std::nullopt;
  const bool is_looked_at = pending_.front().looked.valid();
  if (is_looked_at && asked_for_ < most_asked_for() && !at_end) return std::nullopt;
  Pending first = std::move(pending_.front());
  pending_.pop_front();
  if (!is_looked_at) return Result<FoundFaces>(std::move(first.found));
  --asked_for_;
  Looked looked = first.looked.get();
  face_privacy::add(looked.timings, timings);
  if (!looked.faces) return Result<FoundFaces>(fail(looked.faces));
  first.found.faces = std::move(*looked.faces);
  first.found.seen.faces = looks_.front().boxes_of(first.found.faces, first.closely);
  return Result<FoundFaces>(std::move(first.found));
}

// A close look takes long: others go on beside it.
std::size_t ClipLooks::most_asked_for() const { return looks_.size() > 1 ? looks_.size() + 2 : 1; }

}  // namespace face_privacy
