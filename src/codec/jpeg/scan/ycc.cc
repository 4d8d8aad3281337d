#include "codec/jpeg/scan/ycc.h"

#include <algorithm>
#include <array>
#include <cstddef>

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

std::uint8_t to_byte(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

void ycc_to_rgb_from(const YccRow& row, std::uint8_t* rgb, int first, int count) {
  const auto scaled = [](int value, int factor) { return (value * factor + (1 << 14)) >> 15; };
  std::uint8_t* pixel = rgb + 3 * std::ptrdiff_t{first};
  for (int x = first; x < count; ++x, pixel += 3) {
    const int y = row.luma[x];
    const int cb = row.cb[x] - 128;
    const int cr = row.cr[x] - 128;
    pixel[0] = to_byte(y + cr + scaled(cr, kCrToRed));
    pixel[1] = to_byte(y - cr + scaled(cr, kCrToGreen) - scaled(cb, kCbToGreen));
    pixel[2] = to_byte(y + 2 * cb - scaled(cb, kCbToBlue));
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

// As ycc_to_rgb_from, 16 pixels at once; returns how many it did.
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

}  // namespace

void ycc_to_rgb(const YccRow& row, std::uint8_t* rgb, int count) {
  int done = 0;
#if defined(__x86_64__)
  if (has_avx2()) done = ycc_to_rgb_avx2(row, rgb, count);
#endif
  ycc_to_rgb_from(row, rgb, done, count);
}

}  // namespace face_privacy::jpeg
