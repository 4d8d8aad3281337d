#include "pipeline/stored_regions.h"

#include <numbers>
#include <utility>

#include "codec/shared/orientation.h"

namespace face_privacy {
namespace {

// Sides change places, then each may be mirrored, as everything in the picture is.
Region stored_region(Region region, int orientation, Size stored) {
  constexpr float kHalfTurn = std::numbers::pi_v<float>;
  Ellipse& core = region.core;
  if (swaps_sides(orientation)) {
    std::swap(core.center.x, core.center.y);
    core.angle_rad = kHalfTurn / 2 - core.angle_rad;
  }
  if (mirrors_stored_x(orientation)) {
    core.center.x = static_cast<float>(stored.width) - core.center.x;
    core.angle_rad = kHalfTurn - core.angle_rad;
  }
  if (mirrors_stored_y(orientation)) {
    core.center.y = static_cast<float>(stored.height) - core.center.y;
    core.angle_rad = -core.angle_rad;
  }
  return region;
}

}  // namespace

std::vector<Region> as_stored(std::span<const Region> upright, const JpegEditor& editor) {
  std::vector<Region> regions;
  regions.reserve(upright.size());
  for (const Region& region : upright) {
    regions.push_back(stored_region(region, editor.orientation(), editor.size()));
  }
  return regions;
}

}  // namespace face_privacy
