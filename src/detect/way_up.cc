#include "detect/way_up.h"

#include <algorithm>

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

Orientation way_up(const Evidence& upright, std::span<const Evidence> turned, float least_sum) {
  const auto best = std::max_element(turned.begin(), turned.end(),
                                     [](const Evidence& a, const Evidence& b) { return a.sum < b.sum; });
  if (best == turned.end()) return Orientation::kUpright;
  const float lead = upright.best >= kCertainScore ? kLeadOverCertain : kLead;
  if (best->sum < least_sum || best->sum <= upright.sum + lead) return Orientation::kUpright;
  return kTurnings[static_cast<std::size_t>(best - turned.begin())];
}

}  // namespace face_privacy
