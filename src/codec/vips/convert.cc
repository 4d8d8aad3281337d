#include "codec/vips/convert.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "codec/vips/vips_bridge.h"

namespace face_privacy {
namespace {

struct Abilities {
  bool gray = true;
  bool cmyk = false;
  bool alpha = true;
  bool wide = false;  // 16 bits
  bool color_codes = false;
};

Abilities abilities_of(Format format, const PixelLayout& layout) {
  switch (format) {
    case Format::kJpeg: return {.cmyk = true, .alpha = false};
    case Format::kPng: return {.wide = true, .color_codes = true};
    case Format::kTiff: return {.cmyk = true, .wide = true};
    // Gray with alpha is written as RGB.
    case Format::kAvif: return {.gray = !layout.alpha, .wide = true, .color_codes = true};
    case Format::kWebp:
    case Format::kGif: return {.gray = false};
    case Format::kHeic: break;
  }
  return {};
}

std::uint16_t sample_at(const std::uint8_t* samples, int index, int bytes) {
  if (bytes == 1) return samples[index];
  std::uint16_t sample;
  std::memcpy(&sample, samples + std::ptrdiff_t{2} * index, 2);
  return sample;
}

void set_sample(std::uint8_t* samples, int index, int bytes, std::uint32_t value) {
  if (bytes == 1) {
    samples[index] = static_cast<std::uint8_t>(value);
    return;
  }
  const auto sample = static_cast<std::uint16_t>(value);
  std::memcpy(samples + std::ptrdiff_t{2} * index, &sample, 2);
}

// Calls change(from, to) for each pixel of a new image of another layout.
template <class Change>
Image change_pixels(const ImageView& pixels, PixelLayout layout, const Change& change) {
  Image changed(pixels.size(), layout);
  const int from_bytes = pixels.layout.bytes_per_pixel();
  const int to_bytes = layout.bytes_per_pixel();
  for (int y = 0; y < pixels.height; ++y) {
    const std::uint8_t* from = pixels.row(y);
    std::uint8_t* to = changed.mutable_view().row(y);
    for (int x = 0; x < pixels.width; ++x, from += from_bytes, to += to_bytes) change(from, to);
  }
  return changed;
}

Image to_8_bit(const ImageView& pixels) {
  PixelLayout layout = pixels.layout;
  layout.bytes_per_sample = 1;
  const int channels = layout.channels();
  return change_pixels(pixels, layout, [channels](const std::uint8_t* from, std::uint8_t* to) {
    for (int i = 0; i < channels; ++i) {
      // round(v * 255 / 65535)
      to[i] = static_cast<std::uint8_t>((std::uint32_t{sample_at(from, i, 2)} * 255 + 32895) >> 16);
    }
  });
}

Image onto_white(const ImageView& pixels) {
  PixelLayout layout = pixels.layout;
  layout.alpha = false;
  const int channels = layout.channels();
  const int bytes = layout.bytes_per_sample;
  const std::uint32_t top = bytes == 1 ? 255 : 65535;
  // White is no ink.
  const std::uint32_t white = layout.model == ColorModel::kCmyk ? 0 : top;
  return change_pixels(pixels, layout, [=](const std::uint8_t* from, std::uint8_t* to) {
    const std::uint64_t alpha = sample_at(from, channels, bytes);
    for (int i = 0; i < channels; ++i) {
      const std::uint64_t mixed = sample_at(from, i, bytes) * alpha + white * (top - alpha);
      set_sample(to, i, bytes, static_cast<std::uint32_t>((mixed + top / 2) / top));
    }
  });
}

Image gray_to_rgb(const ImageView& pixels) {
  const PixelLayout layout{ColorModel::kRgb, pixels.layout.alpha, pixels.layout.bytes_per_sample};
  const auto bytes = static_cast<std::size_t>(layout.bytes_per_sample);
  return change_pixels(pixels, layout, [=](const std::uint8_t* from, std::uint8_t* to) {
    for (std::size_t i = 0; i < 3; ++i) std::memcpy(to + i * bytes, from, bytes);
    if (layout.alpha) std::memcpy(to + 3 * bytes, from + bytes, bytes);
  });
}

// H.273: 13 is sRGB's curve, 1, 6, 14 and 15 the television's that everybody shows with it; 2 is
// unspecified.
bool is_like_srgb(const ColorCodes& codes) {
  const auto transfer = {1, 2, 6, 13, 14, 15};
  const auto primaries = {1, 2, 5, 6};
  return std::find(transfer.begin(), transfer.end(), codes.transfer) != transfer.end() &&
         std::find(primaries.begin(), primaries.end(), codes.primaries) != primaries.end();
}

// Display P3 without HDR, which a profile can say as well.
bool is_display_p3(const ColorCodes& codes) {
  return codes.primaries == 12 && is_like_srgb({.primaries = 1, .transfer = codes.transfer});
}

void take_over(Writable& writable, Image&& converted) {
  writable.converted = std::move(converted);
  writable.pixels = writable.converted.view();
}

// RGB from gray or CMYK, by the profile that goes with it.
bool make_rgb(Writable& writable) {
  const bool gray = writable.pixels.layout.model == ColorModel::kGray;
  if (gray && writable.icc_profile.empty()) {
    take_over(writable, gray_to_rgb(writable.pixels));
    return true;
  }
  auto converted = to_srgb_by_vips(writable.pixels, writable.icc_profile);
  if (!converted) return false;
  take_over(writable, std::move(*converted));
  writable.icc_profile.clear();
  return true;
}

}  // namespace

Result<Writable> make_writable(const Photo& photo, Format format) {
  const PixelLayout& layout = photo.pixels.layout();
  const Abilities can = abilities_of(format, layout);
  Writable writable;
  writable.pixels = photo.pixels.view();
  writable.icc_profile = photo.icc_profile;
  writable.color_codes = photo.color_codes;
  if (writable.color_codes && !can.color_codes && layout.model == ColorModel::kRgb) {
    if (is_display_p3(*writable.color_codes)) {
      writable.icc_profile = display_p3_profile_by_vips();
    } else if (!is_like_srgb(*writable.color_codes)) {
      return fail(ErrorCode::kUnsupportedPhoto,
                  "The photo's wide colors can be written as AVIF or PNG, not in this format.");
    }
  }
  if (!can.color_codes) writable.color_codes.reset();
  if (layout.alpha && !can.alpha) take_over(writable, onto_white(writable.pixels));
  if (layout.bytes_per_sample == 2 && !can.wide) take_over(writable, to_8_bit(writable.pixels));
  const bool needs_rgb =
      (layout.model == ColorModel::kGray && !can.gray) || (layout.model == ColorModel::kCmyk && !can.cmyk);
  if (needs_rgb && !make_rgb(writable)) {
    return fail(ErrorCode::kUnsupportedPhoto, "The photo's colors cannot be converted for this format.");
  }
  return writable;
}

}  // namespace face_privacy
