#include "track/linking.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "track/box_math.h"

namespace face_privacy {
namespace {

using std::chrono::milliseconds;

// In a crowd beyond this the rest is covered without being linked.
constexpr std::size_t kMaxLinked = 1000;
constexpr std::size_t kMaxActive = 2000;
constexpr std::size_t kMaxPartners = 8;  // drafts that one box competes for

// For drafts without a sure box, and for boxes that are not sure themselves.
constexpr MediaTime kUnsurePatience = milliseconds(1500);
constexpr MediaTime kPredicted = milliseconds(200);  // motion goes on for so long, then rests
constexpr float kReach = 0.5F;                       // sides between centers
constexpr float kReachPerSecond = 2;                 // more for each second unseen
constexpr float kMaxSizeRatio = 1.8F;
constexpr float kOverlapAcrossCut = 0.4F;
// A face that is found again and again, never surely: of the least score, what its best score is at least,
// and the sum of its scores. Noise is not found in one place so often.
constexpr float kLeastOfUnsure = 0.5F;
constexpr float kSumOfUnsure = 1;
constexpr float kSharedByDoubles = 0.4F;  // of the smaller box's area

std::optional<float> cost_across_cut(const Draft& draft, const BoxF& box) {
  const float overlap = intersection_over_union(draft.sightings.back().found.box, box);
  if (overlap < kOverlapAcrossCut) return std::nullopt;
  return 1 - overlap;
}

struct Pair {
  float cost;
  std::size_t draft;
  std::size_t box;
};

void keep_best(std::vector<Pair>& pairs, std::size_t first) {
  if (pairs.size() - first <= kMaxPartners) return;
  const auto begin = pairs.begin() + static_cast<std::ptrdiff_t>(first);
  std::nth_element(begin, begin + kMaxPartners, pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.cost < b.cost; });
  pairs.resize(first + kMaxPartners);
}

}  // namespace

// Where the face is expected at `time`.
BoxF Linker::predicted(const Active& active, MediaTime time) {
  const std::vector<Sighting>& sightings = active.draft.sightings;
  if (sightings.size() < 2) return active.last;
  const Sighting& last = sightings.back();
  const Sighting& before = sightings[sightings.size() - 2];
  const MediaTime ahead = std::min(time - last.time, kPredicted);
  const float share = in_seconds(ahead) / in_seconds(last.time - before.time);
  const PointF from = active.before.center();
  const PointF to = active.last.center();
  // Two sightings close together in time say little about where a face is after a longer gap.
  const float bounded = std::min(share, 5.F);
  return moved(active.last, (to.x - from.x) * bounded, (to.y - from.y) * bounded);
}

// Less is better; none where the box cannot be the draft's face.
std::optional<float> Linker::cost(const Active& active, MediaTime time, const BoxF& box) {
  const BoxF expected = predicted(active, time);
  const float side = side_of(expected);
  const float box_side = side_of(box);
  const float ratio = std::max(side / box_side, box_side / side);
  if (!(ratio < kMaxSizeRatio)) return std::nullopt;
  const PointF a = expected.center();
  const PointF b = box.center();
  const float distance = std::hypot(a.x - b.x, a.y - b.y) / ((side + box_side) / 2);
  const float reach = kReach + kReachPerSecond * in_seconds(time - active.draft.sightings.back().time);
  if (!(distance <= reach)) return std::nullopt;
  return distance + std::log(ratio);
}

void Linker::move(const Similarity& camera) {
  if (camera == Similarity{}) return;
  for (Active& active : active_) {
    active.last = camera.carry(active.last);
    active.before = camera.carry(active.before);
  }
}

void Linker::begin_shot() {
  for (Active& active : active_) active.before_cut = true;
}

void Linker::add(int frame, MediaTime time, std::span<ScoredBox> found) {
  close_old(time);
  std::sort(found.begin(), found.end(),
            [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
  const auto linked = found.first(std::min(found.size(), kMaxLinked));
  for (Active& active : active_) active.taken = false;
  std::vector<bool> used(linked.size());
  match(frame, time, linked, used, true);
  match(frame, time, linked, used, false);
  // What was seen before the cut, and not in the first look after it, is another shot's.
  const auto stays = std::stable_partition(active_.begin(), active_.end(),
                                           [](const Active& active) { return !active.before_cut; });
  for (auto it = stays; it != active_.end(); ++it) close(std::move(*it));
  active_.erase(stays, active_.end());

  for (std::size_t i = 0; i < linked.size(); ++i) {
    if (!used[i]) start(frame, time, linked[i]);
  }
  count_doubles();
  close_beyond_limit();
  for (const ScoredBox& face : found.subspan(linked.size())) {
    if (!is_sure(face.score)) break;
    finished_.push_back({{{frame, time, face}}, face.score, face.score});
    ++sighting_count_;
  }
}

void Linker::count_doubles() {
  for (Active& active : active_) {
    if (!active.taken) continue;
    const ScoredBox& own = active.draft.sightings.back().found;
    const bool is_double = std::any_of(active_.begin(), active_.end(), [&](const Active& other) {
      if (!other.taken) return false;
      const ScoredBox& better = other.draft.sightings.back().found;
      return better.score > own.score && intersection_area(better.box, own.box) >=
                                             kSharedByDoubles * std::min(better.box.area(), own.box.area());
    });
    if (is_double) ++active.draft.doubles;
  }
}

void Linker::start(int frame, MediaTime time, const ScoredBox& found) {
  active_.push_back({{{{frame, time, found}}, found.score, found.score}, false, true, found.box, found.box});
  ++sighting_count_;
}

void Linker::match(int frame, MediaTime time, std::span<ScoredBox> found, std::vector<bool>& used,
                   bool sure) {
  std::vector<Pair> pairs;
  for (std::size_t box = 0; box < found.size(); ++box) {
    if (used[box] || is_sure(found[box].score) != sure) continue;
    const std::size_t first = pairs.size();
    for (std::size_t i = 0; i < active_.size(); ++i) {
      if (active_[i].taken || (!sure && time - active_[i].draft.sightings.back().time > kUnsurePatience)) {
        continue;
      }
      const auto price = active_[i].before_cut ? cost_across_cut(active_[i].draft, found[box].box)
                                               : cost(active_[i], time, found[box].box);
      if (price) pairs.push_back({*price, i, box});
    }
    keep_best(pairs, first);
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.cost < b.cost; });
  for (const Pair& pair : pairs) {
    Active& active = active_[pair.draft];
    if (active.taken || used[pair.box]) continue;
    active.taken = used[pair.box] = true;
    active.before_cut = false;
    active.before = std::exchange(active.last, found[pair.box].box);
    active.draft.sightings.push_back({frame, time, found[pair.box]});
    active.draft.best_score = std::max(active.draft.best_score, found[pair.box].score);
    active.draft.score_sum += found[pair.box].score;
    ++sighting_count_;
  }
}

void Linker::close_old(MediaTime time) {
  const auto is_young = [&](const Active& active) {
    const MediaTime patience =
        is_sure(active.draft.best_score) ? options_.max_gap : std::min(options_.max_gap, kUnsurePatience);
    return time - active.draft.sightings.back().time <= patience;
  };
  const auto old = std::stable_partition(active_.begin(), active_.end(), is_young);
  for (auto it = old; it != active_.end(); ++it) close(std::move(*it));
  active_.erase(old, active_.end());
}

void Linker::close_beyond_limit() {
  if (active_.size() <= kMaxActive) return;
  const auto first_out = active_.begin() + kMaxActive;
  std::nth_element(active_.begin(), first_out, active_.end(), [&](const Active& a, const Active& b) {
    const bool sure_a = is_sure(a.draft.best_score);
    const bool sure_b = is_sure(b.draft.best_score);
    if (sure_a != sure_b) return sure_a;
    return a.draft.sightings.back().frame > b.draft.sightings.back().frame;
  });
  for (auto it = first_out; it != active_.end(); ++it) close(std::move(*it));
  active_.erase(first_out, active_.end());
}

bool Linker::is_face(const Draft& draft) const {
  return is_sure(draft.best_score) || (draft.best_score >= kLeastOfUnsure * options_.min_score &&
                                       draft.score_sum >= kSumOfUnsure * options_.min_score);
}

void Linker::close(Active&& active) {
  if (is_face(active.draft)) {
    finished_.push_back(std::move(active.draft));
  } else {
    sighting_count_ -= active.draft.sightings.size();
  }
}

std::vector<Draft> Linker::finish() {
  for (Active& active : active_) close(std::move(active));
  active_.clear();
  sighting_count_ = 0;
  return std::exchange(finished_, {});
}

}  // namespace face_privacy
