#include "codec/jpeg/in_place/patch_pixels.h"

#include <cstddef>
#include <cstring>
#include <vector>

#include "codec/jpeg/scan/ycc.h"

namespace face_privacy::jpeg {
namespace {

// The samples of one channel that the pixels of a row have, one for each pixel.
class WidenedRow {
 public:
  WidenedRow(const Patch& patch, const JpegPlane& plane, int channel, const Rect& area)
      : patch_(patch), plane_(plane), channel_(channel), area_(area) {
    samples_.resize(static_cast<std::size_t>(area.width));
  }

  // `y` of the picture.
  const std::uint8_t* at(int y) {
    const int row = y / plane_.shrink_y - patch_.y;
    if (row != row_) widen(row);
    row_ = row;
    return samples_.data();
  }

 private:
  void widen(int row) {
    const int step = plane_.layout.channels();
    const std::uint8_t* from = patch_.pixels.view().row(row) + channel_;
    for (int x = 0; x < area_.width; ++x) {
      const int sample = (area_.x + x) / plane_.shrink_x - patch_.x;
      samples_[static_cast<std::size_t>(x)] = from[static_cast<std::ptrdiff_t>(sample) * step];
    }
  }

  const Patch& patch_;
  const JpegPlane& plane_;
  int channel_;
  Rect area_;
  int row_ = -1;
  std::vector<std::uint8_t> samples_;
};

Image copy_of(const Patch& patch, const Rect& area) {
  Image image({area.width, area.height}, patch.pixels.layout());
  for (int y = 0; y < area.height; ++y) {
    const std::size_t pixel = static_cast<std::size_t>(image.layout().bytes_per_pixel());
    const std::uint8_t* from =
        patch.pixels.view().row(area.y + y - patch.y) + static_cast<std::size_t>(area.x - patch.x) * pixel;
    std::memcpy(image.mutable_view().row(y), from, static_cast<std::size_t>(area.width) * pixel);
  }
  return image;
}

}  // namespace

Image pixels_of(const PlanePatches& patches, std::span<const JpegPlane> planes, const Rect& area) {
  const ColorModel model = planes[0].layout.model;
  const bool has_chroma = planes.size() > 1;
  if (!has_chroma && model != ColorModel::kYcc) return copy_of(patches[0], area);
  const std::size_t chroma = has_chroma ? 1 : 0;
  const int cb_channel = has_chroma ? 0 : 1;
  WidenedRow luma(patches[0], planes[0], 0, area);
  WidenedRow cb(patches[chroma], planes[chroma], cb_channel, area);
  WidenedRow cr(patches[chroma], planes[chroma], cb_channel + 1, area);
  Image image({area.width, area.height}, kRgb8);
  for (int y = 0; y < area.height; ++y) {
    const int row = area.y + y;
    ycc_to_rgb({luma.at(row), cb.at(row), cr.at(row)}, image.mutable_view().row(y), area.width);
  }
  return image;
}

}  // namespace face_privacy::jpeg
