#include "cli/redacted_points.h"

#include <algorithm>
#include <cmath>

namespace face_privacy {

bool in_core(const Region& region, PointF point) {
  const float dx = point.x - region.core.center.x;
  const float dy = point.y - region.core.center.y;
  const float reach = region.core.radius_x + region.core.radius_y;  // however it is turned
  if (std::abs(dx) > reach || std::abs(dy) > reach) return false;
  const float cosine = std::cos(region.core.angle_rad);
  const float sine = std::sin(region.core.angle_rad);
  const float along_x = (dx * cosine + dy * sine) / region.core.radius_x;
  const float along_y = (dy * cosine - dx * sine) / region.core.radius_y;
  if (region.shape == Shape::kBox) return std::abs(along_x) <= 1 && std::abs(along_y) <= 1;
  return along_x * along_x + along_y * along_y <= 1;
}

bool in_any_core(std::span<const Region> regions, PointF point) {
  return std::any_of(regions.begin(), regions.end(),
                     [&](const Region& region) { return in_core(region, point); });
}

}  // namespace face_privacy
