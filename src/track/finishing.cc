#include "track/finishing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "track/beyond_end.h"
#include "track/box_math.h"

namespace face_privacy {
namespace {

constexpr int kLeastLoneFrames = 2;                             // on each side of a face found only once
constexpr float kLeastUnsureShare = 0.25F;                      // of the least score
constexpr MediaTime kLongGap = std::chrono::milliseconds(300);  // a face may do much in it
// Of a box's sides: where a box is off by less, it need not be told.
constexpr float kNoticedShare = 0.04F;
// A box is compared with those found so shortly before and after it, and with so many at most.
constexpr MediaTime kSteadyTime = std::chrono::milliseconds(300);
constexpr int kSteadyBoxes = 16;

// A second box on a face that has a better one nearly always: where it ends says nothing of where the face
// does.
constexpr float kDoublesShare = 0.8F;

bool is_double(const Draft& draft) {
  return static_cast<float>(draft.doubles) >= kDoublesShare * static_cast<float>(draft.sightings.size());
}

bool differ(const BoxF& a, const BoxF& b) {
  const float least = kNoticedShare * std::min(a.width, a.height);
  return std::abs(a.x - b.x) > least || std::abs(a.y - b.y) > least ||
         std::abs(a.right() - b.right()) > least || std::abs(a.bottom() - b.bottom()) > least;
}

// A box whose edges move at constant speed, by weighted least squares.
class SteadyMotion {
 public:
  void add(float time, float weight, const BoxF& box) {
    weight_ += weight;
    time_ += weight * time;
    time_squared_ += weight * time * time;
    const std::array<double, 4> edges{box.x, box.y, box.right(), box.bottom()};
    for (std::size_t i = 0; i < edges.size(); ++i) {
      edges_[i] += weight * edges[i];
      edges_by_time_[i] += weight * time * edges[i];
    }
  }

  // At time 0; `otherwise` where too little is known.
  BoxF now(const BoxF& otherwise) const {
    const double determinant = weight_ * time_squared_ - time_ * time_;
    if (!(determinant > 1e-9)) return otherwise;
    std::array<float, 4> edges{};
    for (std::size_t i = 0; i < edges.size(); ++i) {
      edges[i] = static_cast<float>((time_squared_ * edges_[i] - time_ * edges_by_time_[i]) / determinant);
    }
    const BoxF box{edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1]};
    return has_place(box) ? box : otherwise;
  }

 private:
  double weight_ = 0;
  double time_ = 0;
  double time_squared_ = 0;
  std::array<double, 4> edges_{};
  std::array<double, 4> edges_by_time_{};
};

}  // namespace

MediaTime Finisher::time_between(int frame, int other) const {
  return std::chrono::abs(clip_.times[frame] - clip_.times[other]);
}

Similarity Finisher::motion(int from, int to) const {
  Similarity sum;
  for (int frame = std::min(from, to) + 1; frame <= std::max(from, to); ++frame) {
    sum = sum.then(cameras_[frame]);
  }
  return from <= to ? sum : sum.inverse();
}

Track Finisher::track_of(const Draft& draft) {
  Track track;
  track.span = span_of(draft);
  track.best_score = draft.best_score;
  track.keys.reserve(draft.sightings.size());
  for (std::size_t i = 0; i < draft.sightings.size(); ++i) {
    const Sighting& sighting = draft.sightings[i];
    const BoxF box = steadied(draft.sightings, static_cast<std::ptrdiff_t>(i));
    track.keys.push_back({sighting.frame, box, sighting.found.score, false, sighting.found.look});
  }
  follow_camera(track);
  track.uncertain = uncertain_spans(draft, track.span);
  return track;
}

// Where a box is, as it says itself the more the higher its score is, and else as the ones beside it in time
// do: a detector's boxes tremble, those with low scores most.
BoxF Finisher::steadied(std::span<const Sighting> sightings, std::ptrdiff_t at) const {
  const Sighting& own = sightings[static_cast<std::size_t>(at)];
  SteadyMotion steady;
  const auto weight = [](const Sighting& sighting) { return sighting.found.score * sighting.found.score; };
  steady.add(0, weight(own), own.found.box);
  for (const int step : {-1, 1}) {
    Similarity to_own;
    int frame = own.frame;
    for (std::ptrdiff_t i = at + step; i >= 0 && i < std::ssize(sightings); i += step) {
      const Sighting& other = sightings[static_cast<std::size_t>(i)];
      if (std::abs(i - at) > kSteadyBoxes || time_between(other.frame, own.frame) > kSteadyTime) break;
      to_own = motion(other.frame, frame).then(to_own);
      frame = other.frame;
      steady.add(in_seconds(other.time - own.time), weight(other), to_own.carry(other.found.box));
    }
  }
  return between(steady.now(own.found.box), own.found.box, weight(own));
}

// Adds the boxes that lie elsewhere than a straight line from one to the next would have them, because the
// camera moved.
void Finisher::follow_camera(Track& track) {
  std::vector<KeyBox> added;
  for (std::size_t i = 1; i < track.keys.size(); ++i) add_between(track.keys[i - 1], track.keys[i], added);
  add_beyond(track, 0, 1, added);
  add_beyond(track, std::ssize(track.keys) - 1, -1, added);
  if (added.empty() || added.size() > keys_left_) return;
  keys_left_ -= added.size();
  added.insert(added.end(), track.keys.begin(), track.keys.end());
  std::sort(added.begin(), added.end(), [](const KeyBox& a, const KeyBox& b) { return a.frame < b.frame; });
  track.keys = std::move(added);
}

void Finisher::add_between(const KeyBox& from, const KeyBox& to, std::vector<KeyBox>& added) const {
  if (to.frame - from.frame < 2) return;
  const BoxF goal = motion(to.frame, from.frame).carry(to.box);  // as seen from where `from` is
  const float whole = in_seconds(time_between(to.frame, from.frame));
  std::vector<KeyBox> boxes;
  bool strays = false;
  Similarity since;
  for (int frame = from.frame + 1; frame < to.frame; ++frame) {
    since = since.then(cameras_[frame]);
    const float share = in_seconds(time_between(frame, from.frame)) / whole;
    const BoxF box = since.carry(between(from.box, goal, share));
    if (!has_place(box)) return;
    boxes.push_back({frame, box});
    strays |= differ(box, between(from.box, to.box, share));
  }
  if (strays) added.insert(added.end(), boxes.begin(), boxes.end());
}

// Beyond the key `end`, from which `step` leads into the track.
void Finisher::add_beyond(const Track& track, std::ptrdiff_t end, std::ptrdiff_t step,
                          std::vector<KeyBox>& added) const {
  const KeyBox& last = track.keys[static_cast<std::size_t>(end)];
  const KeyBox* from = motion_from(track.keys, end, step, clip_.times);
  const MediaTime apart = from == nullptr ? MediaTime(1) : time_between(from->frame, last.frame);
  // What is left of the face's motion without the camera's.
  const BoxF start = from == nullptr ? last.box : motion(from->frame, last.frame).carry(from->box);
  const int stop = step > 0 ? track.span.first : track.span.last;
  std::vector<KeyBox> boxes;
  bool strays = false;
  Similarity since;
  for (int frame = last.frame; frame != stop;) {
    const int next = step > 0 ? frame - 1 : frame + 1;
    since = since.then(motion(frame, next));
    frame = next;
    const MediaTime ahead = time_between(frame, last.frame);
    const BoxF box = since.carry(gone_on(start, last.box, apart, ahead));
    if (!has_place(box)) break;
    boxes.push_back({frame, box});
    const BoxF without = from == nullptr ? last.box : gone_on(from->box, last.box, apart, ahead);
    strays |= differ(box, without);
  }
  if (strays) added.insert(added.end(), boxes.begin(), boxes.end());
}

FrameSpan Finisher::span_of(const Draft& draft) const {
  const Sighting& first = draft.sightings.front();
  const Sighting& last = draft.sightings.back();
  if (is_double(draft)) return {first.frame, last.frame};
  MediaTime from = first.time;
  MediaTime to = last.time;
  for (const Sighting& sighting : draft.sightings) {
    from = std::min(from, sighting.time - reach_beyond(sighting));
    to = std::max(to, sighting.time + reach_beyond(sighting));
  }
  const int frames = draft.sightings.size() == 1 ? kLeastLoneFrames : 0;
  FrameSpan span{first.frame, last.frame};
  const FrameSpan first_shot = shot_of(first.frame);
  const FrameSpan last_shot = shot_of(last.frame);
  while (span.first > first_shot.first &&
         (first.frame - span.first < frames || clip_.times[span.first - 1] >= from)) {
    --span.first;
  }
  while (span.last < last_shot.last &&
         (span.last - last.frame < frames || clip_.times[span.last + 1] <= to)) {
    ++span.last;
  }
  return span;
}

// A face that was hardly found any more is likely still there. Scores next to none say nothing of it: noise
// has them, too.
MediaTime Finisher::reach_beyond(const Sighting& sighting) const {
  const float score = sighting.found.score;
  const bool is_unsure = score < options_.min_score && score >= kLeastUnsureShare * options_.min_score;
  return is_unsure ? options_.unsure_extension : options_.extension;
}

FrameSpan Finisher::shot_of(int frame) const {
  const auto next = std::upper_bound(clip_.cuts.begin(), clip_.cuts.end(), frame);
  return {next == clip_.cuts.begin() ? 0 : *std::prev(next),
          (next == clip_.cuts.end() ? clip_.frame_count() : *next) - 1};
}

std::vector<FrameSpan> Finisher::uncertain_spans(const Draft& draft, const FrameSpan& span) const {
  std::vector<FrameSpan> spans;
  const Sighting& first = draft.sightings.front();
  const Sighting& last = draft.sightings.back();
  if (draft.sightings.size() == 1 || draft.best_score < options_.min_score) return {span};
  if (first.found.score < options_.min_score) spans.push_back({span.first, first.frame});
  for (std::size_t i = 1; i < draft.sightings.size(); ++i) {
    const Sighting& from = draft.sightings[i - 1];
    const Sighting& to = draft.sightings[i];
    if (to.time - from.time > kLongGap) spans.push_back({from.frame + 1, to.frame - 1});
  }
  if (last.found.score < options_.min_score) spans.push_back({last.frame, span.last});
  return spans;
}

}  // namespace face_privacy
