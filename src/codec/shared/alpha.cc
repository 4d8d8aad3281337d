#include "codec/shared/alpha.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace face_privacy {
namespace {

constexpr PixelLayout kRgba8{ColorModel::kRgb, true, 1};

bool is_opaque(const Image& rgba) {
  const std::uint8_t* samples = rgba.view().data;
  for (std::size_t i = 3; i < rgba.size_bytes(); i += 4) {
    if (samples[i] != 255) return false;
  }
  return true;
}

template <class Sample>
void unpremultiply_row(std::uint8_t* row, int width, int channels) {
  constexpr std::uint32_t kTop = std::numeric_limits<Sample>::max();
  std::array<Sample, 5> pixel{};
  const std::size_t bytes = sizeof(Sample) * static_cast<std::size_t>(channels);
  const auto alpha_at = static_cast<std::size_t>(channels - 1);
  for (int x = 0; x < width; ++x, row += bytes) {
    std::memcpy(pixel.data(), row, bytes);
    const std::uint32_t alpha = pixel[alpha_at];
    if (alpha == kTop) continue;
    for (std::size_t c = 0; c < alpha_at; ++c) {
      const std::uint32_t whole = alpha == 0 ? 0 : (pixel[c] * kTop + alpha / 2) / alpha;
      pixel[c] = static_cast<Sample>(std::min(whole, kTop));
    }
    std::memcpy(row, pixel.data(), bytes);
  }
}

}  // namespace

Image without_opaque_alpha(Image&& picture) {
  if (picture.layout() != kRgba8 || !is_opaque(picture)) return std::move(picture);
  Image rgb(picture.size(), kRgb8);
  const std::uint8_t* from = picture.view().data;
  const std::uint8_t* end = from + picture.size_bytes();
  for (std::uint8_t* to = rgb.mutable_view().data; from != end; from += 4, to += 3) std::memcpy(to, from, 3);
  return rgb;
}

void unpremultiply(const MutableImageView& pixels) {
  if (!pixels.layout.alpha) return;
  const auto row_of = pixels.layout.bytes_per_sample == 1 ? unpremultiply_row<std::uint8_t>
                                                          : unpremultiply_row<std::uint16_t>;
  for (int y = 0; y < pixels.height; ++y) row_of(pixels.row(y), pixels.width, pixels.layout.channels());
}

}  // namespace face_privacy
