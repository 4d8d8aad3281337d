#include "pipeline/jpeg_parts.h"

#include <numbers>
#include <utility>

#include "codec/shared/orientation.h"

namespace face_privacy {
namespace {

std::vector<Region> on_plane(std::span<const Region> regions, const JpegPlane& plane) {
  std::vector<Region> result;
  result.reserve(regions.size());
  for (const Region& region : regions) result.push_back(region.on_plane(plane.shrink_x, plane.shrink_y));
  return result;
}

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

// The pixels that a region's redaction reads or writes on any plane.
Rect support_of(const Region& region, const JpegSurgery& surgery) {
  Rect support;
  for (const JpegPlane& plane : surgery.planes()) {
    const Region there = region.on_plane(plane.shrink_x, plane.shrink_y);
    support = unite(support, plane.pixels_of(Redactor::support(there, plane.size)));
  }
  return support;
}

// Those of them whose own values matter.
void add_close_support(const Region& region, const JpegSurgery& surgery, std::vector<Rect>& rects) {
  for (const JpegPlane& plane : surgery.planes()) {
    const Region there = region.on_plane(plane.shrink_x, plane.shrink_y);
    const int band = surgery.mcu_height_px() / plane.shrink_y;
    for (const Rect& rect : Redactor::close_support(there, plane.size, band)) {
      rects.push_back(plane.pixels_of(rect));
    }
  }
}

PlanePatches decode_for(const JpegSurgery& surgery, const Rect& area, std::span<const Region> regions,
                        Style style) {
  // Where so many regions meet, telling what each looks at takes longer than decoding it.
  constexpr std::size_t kManyRegions = 100;
  if (style == Style::kPixelate || regions.size() > kManyRegions) return surgery.decode(area);
  std::vector<Rect> exact;
  for (const Region& region : regions) add_close_support(region, surgery, exact);
  return surgery.decode(area, exact);
}

// Regions that change the same MCUs.
struct Part {
  std::vector<Region> regions;
  std::vector<Region> others;  // that meet the area
  std::vector<Rect> changed;   // no larger than it need be
  Rect area;
};

JpegInsert redact_part(const JpegSurgery& surgery, const Part& part, const RedactOptions& options) {
  PlanePatches patches = decode_for(surgery, part.area, part.regions, options.style);
  RedactedPlanePatches redacted;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    const JpegPlane& plane = surgery.planes()[i];
    redacted.push_back(Redactor::redact(std::move(patches[i]), plane.size, on_plane(part.regions, plane),
                                        on_plane(part.others, plane), options));
  }
  return surgery.encode(redacted, part.changed);
}

}  // namespace

std::vector<Region> as_stored(std::span<const Region> upright, const JpegSurgery& surgery) {
  std::vector<Region> regions;
  regions.reserve(upright.size());
  for (const Region& region : upright) {
    regions.push_back(stored_region(region, surgery.orientation(), surgery.size()));
  }
  return regions;
}

Result<std::vector<JpegInsert>> redact_parts(const JpegSurgery& surgery, std::span<const Region> regions,
                                             const RedactOptions& options, const StopCondition& stop) {
  std::vector<std::vector<Rect>> bands;
  std::vector<Rect> bounds;
  for (const Region& region : regions) {
    bands.push_back(region.bands(surgery.size(), surgery.mcu_height_px()));
    bounds.push_back(region.bounds());
  }
  std::vector<JpegInsert> inserts;
  std::vector<bool> is_member(regions.size());
  for (const std::vector<int>& group : surgery.groups(bands)) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
    Part part;
    for (const int member : group) {
      const auto i = static_cast<std::size_t>(member);
      is_member[i] = true;
      part.regions.push_back(regions[i]);
      part.changed.insert(part.changed.end(), bands[i].begin(), bands[i].end());
      part.area = unite(part.area, unite(support_of(regions[i], surgery), bounds[i]));
    }
    part.area = surgery.patch_area(part.area);
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (!is_member[i] && !intersect(bounds[i], part.area).empty()) part.others.push_back(regions[i]);
    }
    for (const int member : group) is_member[static_cast<std::size_t>(member)] = false;
    inserts.push_back(redact_part(surgery, part, options));
  }
  return inserts;
}

}  // namespace face_privacy
