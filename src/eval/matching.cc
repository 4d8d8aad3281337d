#include "eval/matching.h"

#include <algorithm>

namespace face_privacy {
namespace {

// What of a box lies in the picture; without area where nothing does.
BoxF clipped(const BoxF& box, Size picture) {
  const float left = std::max(box.x, 0.F);
  const float top = std::max(box.y, 0.F);
  return {left, top, std::max(0.F, std::min(box.right(), static_cast<float>(picture.width)) - left),
          std::max(0.F, std::min(box.bottom(), static_cast<float>(picture.height)) - top)};
}

bool holds(const BoxF& box, PointF point) {
  return point.x >= box.x && point.x <= box.right() && point.y >= box.y && point.y <= box.bottom();
}

std::optional<std::size_t> best_box(const BoxF& box, std::span<const BoxF> labels,
                                    const std::vector<bool>& used, float min_iou) {
  std::optional<std::size_t> best;
  float best_iou = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const float iou = intersection_over_union(box, labels[i]);
    if (!used[i] && iou >= min_iou && iou > best_iou) {
      best = i;
      best_iou = iou;
    }
  }
  return best;
}

std::optional<std::size_t> best_nose(const BoxF& box, std::span<const PointF> noses,
                                     const std::vector<bool>& used, std::size_t first) {
  std::optional<std::size_t> best;
  float best_distance = 0;
  for (std::size_t i = 0; i < noses.size(); ++i) {
    if (used[first + i] || !holds(box, noses[i])) continue;
    const float dx = noses[i].x - box.center().x;
    const float dy = noses[i].y - box.center().y;
    const float distance = dx * dx + dy * dy;
    if (!best || distance < best_distance) {
      best = first + i;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace

std::vector<std::optional<std::size_t>> match_faces(std::span<const Face> found, const TruthPhoto& truth,
                                                    Size picture, float min_iou) {
  std::vector<BoxF> labels;
  labels.reserve(truth.faces.size());
  for (const TruthFace& face : truth.faces) labels.push_back(clipped(face.box, picture));
  std::vector<bool> used(truth.faces.size() + truth.noses.size(), false);
  std::vector<std::optional<std::size_t>> matches;
  for (const Face& face : found) {
    auto match = best_box(clipped(face.box, picture), labels, used, min_iou);
    if (!match) match = best_nose(face.box, truth.noses, used, truth.faces.size());
    if (match) used[*match] = true;
    matches.push_back(match);
  }
  return matches;
}

float covered_share(const BoxF& box, Size picture, const std::function<bool(PointF)>& is_redacted) {
  constexpr int kPointsAcross = 64;
  const BoxF seen = clipped(box, picture);
  if (!(seen.area() > 0)) return 1;  // nothing of it can be seen
  int redacted = 0;
  for (int row = 0; row < kPointsAcross; ++row) {
    for (int column = 0; column < kPointsAcross; ++column) {
      const PointF point{seen.x + seen.width * (static_cast<float>(column) + 0.5F) / kPointsAcross,
                         seen.y + seen.height * (static_cast<float>(row) + 0.5F) / kPointsAcross};
      redacted += is_redacted(point) ? 1 : 0;
    }
  }
  return static_cast<float>(redacted) / (kPointsAcross * kPointsAcross);
}

}  // namespace face_privacy
