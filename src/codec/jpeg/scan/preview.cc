#include "codec/jpeg/scan/preview.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <numbers>

#include "base/simd.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace face_privacy::jpeg {
namespace {

// JFIF's conversion with factors in 1/32768, rounded as the instruction pmulhrsw does, so that
// every processor makes the same pixels: 1.402 = 1 + kCrToRed, 0.714 = 1 - kCrToGreen,
// 0.344 = kCbToGreen, 1.772 = 2 - kCbToBlue.
constexpr int kCrToRed = 13'173;
constexpr int kCrToGreen = 9'367;
constexpr int kCbToGreen = 11'277;
constexpr int kCbToBlue = 7'471;

struct YccRow {
  const std::uint8_t* luma;
  const std::uint8_t* cb;
  const std::uint8_t* cr;
};

std::uint8_t clamp_to_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

void ycc_to_rgb(const YccRow& row, std::uint8_t* rgb, int first, int count) {
  const auto scaled = [](int value, int factor) { return (value * factor + (1 << 14)) >> 15; };
  std::uint8_t* pixel = rgb + 3 * std::ptrdiff_t{first};
  for (int x = first; x < count; ++x, pixel += 3) {
    const int y = row.luma[x];
    const int cb = row.cb[x] - 128;
    const int cr = row.cr[x] - 128;
    pixel[0] = clamp_to_byte(y + cr + scaled(cr, kCrToRed));
    pixel[1] = clamp_to_byte(y - cr + scaled(cr, kCrToGreen) - scaled(cb, kCbToGreen));
    pixel[2] = clamp_to_byte(y + 2 * cb - scaled(cb, kCbToBlue));
  }
}

#if defined(__x86_64__)

// Byte i of part p of 16 interleaved pixels comes from this byte of channel `phase`, or from none.
constexpr std::array<std::array<std::int8_t, 16>, 3> interleaving(int phase) {
  std::array<std::array<std::int8_t, 16>, 3> from{};
  for (int at = 0; at < 48; ++at)
    from[at / 16][at % 16] = static_cast<std::int8_t>(at % 3 == phase ? at / 3 : -1);
  return from;
}
alignas(16) constexpr auto kFromRed = interleaving(0);
alignas(16) constexpr auto kFromGreen = interleaving(1);
alignas(16) constexpr auto kFromBlue = interleaving(2);

FACE_PRIVACY_AVX2 inline __m256i widen_16(const std::uint8_t* from) {
  return _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
FACE_PRIVACY_AVX2 inline __m256i scaled_16(__m256i value, int factor) {
  return _mm256_mulhrs_epi16(value, _mm256_set1_epi16(static_cast<std::int16_t>(factor)));
}
FACE_PRIVACY_AVX2 inline __m128i bytes_16(__m256i value) {
  return _mm_packus_epi16(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
}
FACE_PRIVACY_AVX2 inline __m128i spread_16(__m128i channel, const std::array<std::int8_t, 16>& from) {
  return _mm_shuffle_epi8(channel, _mm_load_si128(reinterpret_cast<const __m128i*>(from.data())));
}

// As ycc_to_rgb, 16 pixels at once; returns how many it did.
FACE_PRIVACY_AVX2 int ycc_to_rgb_avx2(const YccRow& row, std::uint8_t* rgb, int count) {
  const __m256i middle = _mm256_set1_epi16(128);
  int x = 0;
  for (; x + 16 <= count; x += 16) {
    const __m256i y = widen_16(row.luma + x);
    const __m256i cb = _mm256_sub_epi16(widen_16(row.cb + x), middle);
    const __m256i cr = _mm256_sub_epi16(widen_16(row.cr + x), middle);
    const __m128i red = bytes_16(_mm256_add_epi16(_mm256_add_epi16(y, cr), scaled_16(cr, kCrToRed)));
    const __m256i less_red = _mm256_add_epi16(_mm256_sub_epi16(y, cr), scaled_16(cr, kCrToGreen));
    const __m128i green = bytes_16(_mm256_sub_epi16(less_red, scaled_16(cb, kCbToGreen)));
    const __m256i twice_blue = _mm256_add_epi16(y, _mm256_add_epi16(cb, cb));
    const __m128i blue = bytes_16(_mm256_sub_epi16(twice_blue, scaled_16(cb, kCbToBlue)));
    for (std::size_t part = 0; part < 3; ++part) {
      const __m128i mixed =
          _mm_or_si128(spread_16(red, kFromRed[part]),
                       _mm_or_si128(spread_16(green, kFromGreen[part]), spread_16(blue, kFromBlue[part])));
      _mm_storeu_si128(reinterpret_cast<__m128i*>(rgb + 3 * std::ptrdiff_t{x}) + part, mixed);
    }
  }
  return x;
}

#endif

void convert_row(const YccRow& row, std::uint8_t* rgb, int count) {
  int done = 0;
#if defined(__x86_64__)
  if (has_avx2()) done = ycc_to_rgb_avx2(row, rgb, count);
#endif
  ycc_to_rgb(row, rgb, done, count);
}

// The quantiser of each low frequency times what the reduced inverse transform asks for.
void set_scales(BlockPlan& block, const QuantTable& table, int side) {
  if (side < 4) {
    block.integer_scale = {table.zigzag[0], table.zigzag[1], table.zigzag[2], table.zigzag[4]};
    return;
  }
  constexpr int kZigzagOfRow[4][4] = {{0, 1, 5, 6}, {2, 4, 7, 13}, {3, 8, 12, 17}, {9, 11, 18, 24}};
  constexpr float kHalfRoot = std::numbers::sqrt2_v<float> / 2;
  constexpr float kScale[4] = {0.5F, kHalfRoot, 0.5F, kHalfRoot};
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 4; ++column) {
      block.float_scale[column * 4 + row] = static_cast<float>(table.zigzag[kZigzagOfRow[row][column]]) *
                                            kScale[row] * kScale[column] * (4.F / 8.F);
    }
  }
}

}  // namespace

PreviewRows::PreviewRows(const Layout& layout, int side)
    : layout_(layout), side_(side), rows_per_mcu_(layout.max_vertical_sampling() * side) {
  const auto scaled = [&](int full) { return (full * side + 7) / 8; };
  const bool gray = layout.colour == Colour::kGray;
  image_ = Image({scaled(layout.size.width), scaled(layout.size.height)}, gray ? kGray8 : kRgb8);
  const int mcus_across = layout.mcu_grid().width;
  planes_.resize(static_cast<std::size_t>(layout.component_count));
  for (std::size_t c = 0; c < planes_.size(); ++c) {
    const Component& component = layout.components[c];
    Plane& plane = planes_[c];
    plane.stride = static_cast<std::size_t>(mcus_across) *
                   static_cast<std::size_t>(component.horizontal_sampling * side);
    plane.pixels.resize(plane.stride * static_cast<std::size_t>(component.vertical_sampling * side));
    plane.shrink_x = layout.max_horizontal_sampling() / component.horizontal_sampling;
    plane.shrink_y = layout.max_vertical_sampling() / component.vertical_sampling;
    if (plane.shrink_x > 1) plane.widened.resize(plane.stride * static_cast<std::size_t>(plane.shrink_x));
  }
}

void PreviewRows::lend_rows(RowPlan& plan) {
  int b = 0;
  for (int c = 0; c < layout_.component_count; ++c) {
    const Component& component = layout_.components[c];
    Plane& plane = planes_[static_cast<std::size_t>(c)];
    for (int i = 0; i < component.blocks_per_mcu(); ++i, ++b) {
      const int x = i % component.horizontal_sampling * side_;
      const int y = i / component.horizontal_sampling * side_;
      BlockPlan& block = plan.blocks[b];
      block.pixels = plane.pixels.data() + static_cast<std::size_t>(y) * plane.stride + x;
      block.stride_bytes = plane.stride;
      block.mcu_step =
          static_cast<std::size_t>(component.horizontal_sampling) * static_cast<std::size_t>(side_);
      set_scales(block, layout_.quant[component.quant_slot], side_);
    }
  }
}

const std::uint8_t* PreviewRows::row_at_full_width(Plane& plane, int y) {
  const std::uint8_t* const row =
      plane.pixels.data() + static_cast<std::size_t>(y / plane.shrink_y) * plane.stride;
  if (plane.shrink_x == 1) return row;
  const int shrink = plane.shrink_x;
  std::uint8_t* const to = plane.widened.data();
  if (y % plane.shrink_y != 0) return to;  // the row before was the same
  if (shrink == 2) {
    for (std::size_t x = 0; x < plane.stride; ++x) to[2 * x] = to[2 * x + 1] = row[x];
  } else {
    for (std::size_t x = 0; x < plane.stride; ++x)
      std::fill_n(to + x * static_cast<std::size_t>(shrink), shrink, row[x]);
  }
  return to;
}

void PreviewRows::finish_row(int mcu_y) {
  const int first = mcu_y * rows_per_mcu_;
  const int end = std::min(first + rows_per_mcu_, image_.height());
  MutableImageView view = image_.mutable_view();
  for (int y = first; y < end; ++y) {
    std::array<const std::uint8_t*, kMaxComponents> rows{};
    for (std::size_t c = 0; c < planes_.size(); ++c) rows[c] = row_at_full_width(planes_[c], y - first);
    switch (layout_.colour) {
      case Colour::kGray: std::memcpy(view.row(y), rows[0], static_cast<std::size_t>(view.width)); break;
      case Colour::kYcc: convert_row({rows[0], rows[1], rows[2]}, view.row(y), view.width); break;
      case Colour::kRgb:
        for (int x = 0; x < view.width; ++x) {
          for (int c = 0; c < 3; ++c) view.row(y)[3 * x + c] = rows[c][x];
        }
        break;
    }
  }
}

}  // namespace face_privacy::jpeg
