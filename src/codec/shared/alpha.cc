#include "codec/shared/alpha.h"

#include <cstring>
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

}  // namespace

Image without_opaque_alpha(Image&& picture) {
  if (picture.layout() != kRgba8 || !is_opaque(picture)) return std::move(picture);
  Image rgb(picture.size(), kRgb8);
  const std::uint8_t* from = picture.view().data;
  const std::uint8_t* end = from + picture.size_bytes();
  for (std::uint8_t* to = rgb.mutable_view().data; from != end; from += 4, to += 3) std::memcpy(to, from, 3);
  return rgb;
}

}  // namespace face_privacy
