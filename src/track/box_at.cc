#include <algorithm>
#include <iterator>

#include "track/beyond_end.h"
#include "track/box_math.h"
#include "track/track.h"

namespace face_privacy {
namespace {

constexpr MediaTime kMotionTime = std::chrono::milliseconds(100);    // that motion is measured over
constexpr MediaTime kMotionGoesOn = std::chrono::milliseconds(150);  // beyond the last box

BoxF beyond_end(std::span<const KeyBox> keys, std::ptrdiff_t end, std::ptrdiff_t step, MediaTime ahead,
                std::span<const MediaTime> times) {
  const KeyBox& last = keys[static_cast<std::size_t>(end)];
  const KeyBox* from = motion_from(keys, end, step, times);
  if (from == nullptr) return last.box;
  return gone_on(from->box, last.box, std::chrono::abs(times[last.frame] - times[from->frame]), ahead);
}

BoxOrigin origin_of(const KeyBox& key) {
  if (key.edited) return BoxOrigin::kEdited;
  return key.is_found() ? BoxOrigin::kDetected : BoxOrigin::kCarried;
}

}  // namespace

const KeyBox* motion_from(std::span<const KeyBox> keys, std::ptrdiff_t end, std::ptrdiff_t step,
                          std::span<const MediaTime> times) {
  const KeyBox& last = keys[static_cast<std::size_t>(end)];
  const KeyBox* from = nullptr;
  MediaTime apart{};
  for (std::ptrdiff_t i = end + step; i >= 0 && i < std::ssize(keys) && apart < kMotionTime; i += step) {
    from = &keys[static_cast<std::size_t>(i)];
    apart = std::chrono::abs(times[last.frame] - times[from->frame]);
  }
  return last.edited || apart > 3 * kMotionTime ? nullptr : from;
}

BoxF gone_on(const BoxF& from, const BoxF& last, MediaTime apart, MediaTime ahead) {
  const float share =
      static_cast<float>(std::min(ahead, kMotionGoesOn).count()) / static_cast<float>(apart.count());
  const PointF a = from.center();
  const PointF b = last.center();
  return moved(last, (b.x - a.x) * share, (b.y - a.y) * share);
}

TrackedBox box_at(const Track& track, int frame, std::span<const MediaTime> times) {
  const std::span<const KeyBox> keys = track.keys;
  const auto after = std::lower_bound(keys.begin(), keys.end(), frame,
                                      [](const KeyBox& key, int wanted) { return key.frame < wanted; });
  const auto beyond = [&](std::ptrdiff_t end, std::ptrdiff_t step) {
    const KeyBox& key = keys[static_cast<std::size_t>(end)];
    const MediaTime ahead = std::chrono::abs(times[frame] - times[key.frame]);
    return TrackedBox{beyond_end(keys, end, step, ahead, times), key.score,
                      key.edited ? BoxOrigin::kEdited : BoxOrigin::kExtended};
  };
  if (after == keys.end()) return beyond(std::ssize(keys) - 1, -1);
  const KeyBox& to = *after;
  if (to.frame == frame) return {to.box, to.score, origin_of(to)};
  if (after == keys.begin()) return beyond(0, 1);
  const KeyBox& from = *std::prev(after);
  const auto whole = static_cast<float>((times[to.frame] - times[from.frame]).count());
  const float share = static_cast<float>((times[frame] - times[from.frame]).count()) / whole;
  return {between(from.box, to.box, share), std::min(from.score, to.score),
          from.edited && to.edited ? BoxOrigin::kEdited : BoxOrigin::kInterpolated};
}

}  // namespace face_privacy
