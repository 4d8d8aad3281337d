#include "codec/icc_profile.h"

#include <string_view>

namespace face_privacy {
namespace {

constexpr std::size_t kHeaderBytes = 128;  // ICC.1:2022, 7.2
constexpr std::size_t kTagCountBytes = 4;
// What the 255 APP2 segments of a JPEG can hold; real profiles end at about 4 MB.
constexpr std::size_t kMaxBytes = std::size_t{255} * 65519;

std::string_view color_space_signature(ColorModel model) {
  switch (model) {
    case ColorModel::kGray: return "GRAY";
    case ColorModel::kRgb: return "RGB ";
    case ColorModel::kCmyk: return "CMYK";
    case ColorModel::kYcc:
    case ColorModel::kChroma: break;  // profiles are for the colours a file's are converted to
  }
  return {};
}

}  // namespace

Bytes usable_icc_profile(ByteView profile, ColorModel model) {
  if (profile.size() < kHeaderBytes + kTagCountBytes) return {};
  const std::string_view header(reinterpret_cast<const char*>(profile.data()), kHeaderBytes);
  const std::size_t stated_bytes =
      std::size_t{profile[0]} << 24 | profile[1] << 16 | profile[2] << 8 | profile[3];
  if (stated_bytes < kHeaderBytes + kTagCountBytes || stated_bytes > profile.size() ||
      stated_bytes > kMaxBytes) {
    return {};
  }
  if (header.substr(36, 4) != "acsp" || header.substr(16, 4) != color_space_signature(model)) return {};
  return {profile.begin(), profile.begin() + static_cast<std::ptrdiff_t>(stated_bytes)};
}

}  // namespace face_privacy
