#include "detect/way_up.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace face_privacy {
namespace {

constexpr float kSureScore = 0.5F;
constexpr float kSureScoreOfLarge = 0.9F;
constexpr float kLargeShare = 0.175F;  // of the picture's long side
constexpr float kSmallShare = 0.075F;
constexpr float kSmallestPx = 12;
constexpr float kLead = 0.2F;           // that a copy must have
constexpr float kCertainScore = 0.97F;  // of a face in the picture itself
constexpr float kLeadOverCertain = 0.9F;
constexpr float kLeadWhereHeadsLean = 0.1F;
constexpr float kSureOfLean = 0.8F;

}  // namespace

Evidence evidence_of(std::span<const Face> faces, Size picture, float px) {
  const auto long_side = static_cast<float>(std::max(picture.width, picture.height));
  const float large = kLargeShare * long_side;
  const float small = kSmallShare * long_side;
  Evidence evidence;
  for (const Face& face : faces) {
    evidence.best = std::max(evidence.best, face.score);
    const float needed = face.box.area() >= large * large ? kSureScoreOfLarge : kSureScore;
    if (face.score < needed || face.box.area() < kSmallestPx * kSmallestPx * px * px) continue;
    evidence.sum += face.score;
    if (face.box.area() < small * small) evidence.small_sum += face.score;
  }
  return evidence;
}

Evidence of_small_faces(const Evidence& evidence) {
  return {evidence.small_sum, evidence.small_sum, evidence.best};
}

bool is_scant(const Evidence& evidence) { return evidence.sum < kSureScore; }

std::optional<float> mean_lean(std::span<const Face> faces) {
  double across = 0;
  double down = 0;
  for (const Face& face : faces) {
    if (face.score < kSureOfLean) continue;
    // From eye to eye, and from the eyes to the mouth turned back by a right angle: where the face is seen
    // from the side the first is short.
    const Landmarks& marks = face.landmarks;
    const double x = static_cast<double>(marks.left_eye.x) - marks.right_eye.x +
                     (static_cast<double>(marks.mouth_left.y) + marks.mouth_right.y - marks.left_eye.y -
                      marks.right_eye.y) /
                         2;
    const double y = static_cast<double>(marks.left_eye.y) - marks.right_eye.y -
                     (static_cast<double>(marks.mouth_left.x) + marks.mouth_right.x - marks.left_eye.x -
                      marks.right_eye.x) /
                         2;
    const double length = std::hypot(x, y);
    if (!(length > 0)) continue;
    across += face.score * x / length;
    down += face.score * y / length;
  }
  if (across == 0 && down == 0) return std::nullopt;
  return static_cast<float>(std::atan2(down, across) * 180 / std::numbers::pi);
}

bool is_upright_tilted(const Evidence& upright, const Evidence& tilted) {
  return tilted.sum >= kLeastSum && tilted.sum > upright.sum + kLeadWhereHeadsLean;
}

Orientation way_up(const Evidence& upright, std::span<const CopyEvidence> turned, float least_sum) {
  const auto best = std::max_element(
      turned.begin(), turned.end(),
      [](const CopyEvidence& a, const CopyEvidence& b) { return a.evidence.sum < b.evidence.sum; });
  if (best == turned.end()) return Orientation::kUpright;
  const float lead = upright.best >= kCertainScore ? kLeadOverCertain : kLead;
  const float sum = best->evidence.sum;
  return sum >= least_sum && sum > upright.sum + lead ? best->orientation : Orientation::kUpright;
}

}  // namespace face_privacy
