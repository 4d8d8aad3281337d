#include <algorithm>
#include <cmath>
#include <numbers>

#include "redact/redact.h"

namespace face_privacy {
namespace {

// px; below this a face cannot be recognised, but a box this small may be off by a pixel or two.
constexpr float kMinRegionPx = 12;
constexpr float kFeatherShare = 0.12F;  // of the radius

Region region_for(const BoxF& box, const RedactOptions& options) {
  const float grow = 1 + 2 * options.margin;
  // The ellipse through the corners of a box has its radii times the square root of 2.
  const float stretch = options.shape == Shape::kEllipse ? std::numbers::sqrt2_v<float> : 1.F;
  Region region;
  region.shape = options.shape;
  region.core = {box.center(), std::max(kMinRegionPx, box.width * grow * stretch) / 2,
                 std::max(kMinRegionPx, box.height * grow * stretch) / 2, 0};
  region.feather_px = std::max(2.F, kFeatherShare * std::min(region.core.radius_x, region.core.radius_y));
  return region;
}

}  // namespace

bool is_kept(const BoxF& face, std::span<const BoxF> keep) {
  return std::any_of(keep.begin(), keep.end(),
                     [&](const BoxF& box) { return intersection_area(face, box) >= 0.5F * face.area(); });
}

std::vector<Region> plan_regions(std::span<const Face> faces, std::span<const BoxF> boxes,
                                 std::span<const BoxF> keep, const RedactOptions& options) {
  std::vector<Region> regions;
  for (const Face& face : faces) {
    if (!is_kept(face.box, keep)) regions.push_back(region_for(face.box, options));
  }
  for (const BoxF& box : boxes) regions.push_back(region_for(box, options));
  return regions;
}

Rect Region::bounds() const {
  const float reach_x = core.radius_x + feather_px;
  const float reach_y = core.radius_y + feather_px;
  static constexpr float kFar = 1e6F;
  const auto whole = [](float value) { return static_cast<int>(std::clamp(value, -kFar, kFar)); };
  const int x = whole(std::floor(core.center.x - reach_x));
  const int y = whole(std::floor(core.center.y - reach_y));
  return {x, y, whole(std::ceil(core.center.x + reach_x)) - x, whole(std::ceil(core.center.y + reach_y)) - y};
}

}  // namespace face_privacy
