#include "redact/redact.h"

#include <algorithm>
#include <cstring>

namespace face_privacy {
namespace {

bool in_core(const Region& region, float x, float y) {
  const float dx = (x - region.core.center.x) / region.core.radius_x;
  const float dy = (y - region.core.center.y) / region.core.radius_y;
  if (region.shape == Shape::kBox) return std::abs(dx) <= 1 && std::abs(dy) <= 1;
  return dx * dx + dy * dy <= 1;
}

void fill_pixel(std::uint8_t* pixel, const PixelLayout& layout, const Color& color) {
  const std::uint8_t gray =
      static_cast<std::uint8_t>((color.red * 77 + color.green * 150 + color.blue * 29) >> 8);
  const std::uint8_t rgb[4] = {color.red, color.green, color.blue, 0};
  for (int c = 0; c < layout.color_channels(); ++c) {
    std::uint8_t value = layout.model == ColorModel::kGray ? gray : rgb[c];
    if (layout.model == ColorModel::kCmyk) value = c < 3 ? static_cast<std::uint8_t>(255 - rgb[c]) : 0;
    for (int b = 0; b < layout.bytes_per_sample; ++b) pixel[c * layout.bytes_per_sample + b] = value;
  }
}

void fill(const MutableImageView& view, int x0, int y0, std::span<const Region> regions, const Color& color) {
  for (const Region& region : regions) {
    const Rect bounds = region.bounds();
    const Rect inside = intersect({bounds.x - x0, bounds.y - y0, bounds.width, bounds.height},
                                  {0, 0, view.width, view.height});
    for (int y = inside.y; y < inside.bottom(); ++y) {
      for (int x = inside.x; x < inside.right(); ++x) {
        if (!in_core(region, static_cast<float>(x + x0) + 0.5F, static_cast<float>(y + y0) + 0.5F)) continue;
        fill_pixel(view.row(y) + static_cast<std::ptrdiff_t>(x) * view.layout.bytes_per_pixel(), view.layout,
                   color);
      }
    }
  }
}

}  // namespace

RedactedPhoto Redactor::redact(Photo&& photo, std::span<const std::vector<Region>> regions,
                               const RedactOptions& options) {
  for (std::size_t i = 0; i < regions.size(); ++i)
    fill(photo.frame(static_cast<int>(i)), 0, 0, regions[i], options.color);
  return RedactedPhoto(std::move(photo));
}

RedactedPatch Redactor::redact(Patch&& patch, Size /*picture*/, std::span<const Region> regions,
                               const RedactOptions& options) {
  fill(patch.pixels.mutable_view(), patch.x, patch.y, regions, options.color);
  return RedactedPatch(std::move(patch));
}

Rect Redactor::support(const Region& region, Size picture) {
  return intersect(region.bounds(), {0, 0, picture.width, picture.height});
}

}  // namespace face_privacy
