#include "pipeline/jpeg_parts.h"

#include <utility>

namespace face_privacy {
namespace {

std::vector<Region> on_plane(std::span<const Region> regions, const JpegPlane& plane) {
  std::vector<Region> result;
  result.reserve(regions.size());
  for (const Region& region : regions) result.push_back(region.on_plane(plane.shrink_x, plane.shrink_y));
  return result;
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

RedactedPlanePatches redact_planes(PlanePatches&& patches, const std::vector<JpegPlane>& planes,
                                   std::span<const Region> regions, const RedactOptions& options) {
  RedactedPlanePatches redacted;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    redacted.push_back(
        Redactor::redact(std::move(patches[i]), planes[i].size, on_plane(regions, planes[i]), options));
  }
  return redacted;
}

}  // namespace

Result<std::vector<JpegInsert>> redact_parts(const JpegSurgery& surgery, std::span<const Region> regions,
                                             const RedactOptions& options, const StopCondition& stop) {
  std::vector<Rect> supports;
  std::vector<Rect> bounds;
  for (const Region& region : regions) {
    supports.push_back(support_of(region, surgery));
    bounds.push_back(region.bounds());
  }
  std::vector<JpegInsert> inserts;
  for (const Rect& area : surgery.patch_areas(supports, bounds)) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
    std::vector<Region> in_area;
    std::vector<Rect> changed;  // no larger than it need be
    for (std::size_t i = 0; i < regions.size(); ++i) {
      if (intersect(bounds[i], area).empty()) continue;
      in_area.push_back(regions[i]);
      const auto bands = regions[i].bands(surgery.size(), surgery.mcu_height_px());
      changed.insert(changed.end(), bands.begin(), bands.end());
    }
    const auto redacted =
        redact_planes(decode_for(surgery, area, in_area, options.style), surgery.planes(), in_area, options);
    inserts.push_back(surgery.encode(redacted, changed));
  }
  return inserts;
}

}  // namespace face_privacy
