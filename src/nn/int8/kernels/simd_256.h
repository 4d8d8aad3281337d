// 256-bit vectors; the dot product is left to the instruction sets that have one.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace face_privacy::int8 {
namespace {

struct Simd256 {
  using Int = __m256i;
  using Float = __m256;
  static constexpr int kLanes = 8;
  static constexpr std::size_t kBytes = 32;
  static constexpr int kTile = 12;  // of 16 registers
  static constexpr bool kLess128 = false;
  static constexpr bool kWords = false;
  static constexpr bool kFourSteps = false;

  static Int zero() { return _mm256_setzero_si256(); }
  static Int load(const void* at) { return _mm256_loadu_si256(static_cast<const __m256i*>(at)); }
  static Int broadcast4(const std::uint8_t* at) {
    int four;
    __builtin_memcpy(&four, at, sizeof four);
    return _mm256_set1_epi32(four);
  }
  static Float scaled(Int sum, const float* scale, const float* offset) {
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scale), _mm256_loadu_ps(offset));
  }
  static Float not_negative(Float value) { return _mm256_max_ps(value, _mm256_setzero_ps()); }
  static Float sloped(Float value, const float* slope, const float* zero) {
    const Float above = _mm256_add_ps(_mm256_max_ps(value, _mm256_setzero_ps()), _mm256_loadu_ps(zero));
    return _mm256_fmadd_ps(_mm256_min_ps(value, _mm256_setzero_ps()), _mm256_loadu_ps(slope), above);
  }
  template <int Vectors>
  static Float gather_bytes(const std::uint8_t* block, int v) {
    std::uint8_t bytes[16] = {};
    for (int i = 0; i < 2; ++i) {
      __builtin_memcpy(bytes + 4 * i, block + 4 * Vectors * i + 4 * v, 4);
    }
    return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes))));
  }
  static Float add_scaled(Float value, Float coarse, const float* scale) {
    return _mm256_fmadd_ps(coarse, _mm256_loadu_ps(scale), value);
  }
  static Int rounded(Float value) { return _mm256_cvtps_epi32(value); }
  static void store(float* at, Float value) { _mm256_storeu_ps(at, value); }
  template <int Vectors>
  static void store_bytes(std::uint8_t* at, const Int* value) {
    if constexpr (Vectors == 4) {
      const __m256i bytes =
          _mm256_packus_epi16(_mm256_packs_epi32(value[0], value[1]), _mm256_packs_epi32(value[2], value[3]));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), bytes);
    } else if constexpr (Vectors == 2) {
      const __m256i words = _mm256_packs_epi32(value[0], value[1]);
      const __m256i bytes = _mm256_packus_epi16(words, words);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at),
                       _mm256_castsi256_si128(_mm256_permute4x64_epi64(bytes, 0x08)));
    } else {
      const __m256i words = _mm256_packs_epi32(value[0], value[0]);
      const __m256i bytes = _mm256_packus_epi16(words, words);
      const int low = _mm256_extract_epi32(bytes, 0);
      const int high = _mm256_extract_epi32(bytes, 4);
      __builtin_memcpy(at, &low, 4);
      __builtin_memcpy(at + 4, &high, 4);
    }
  }
  static Int unpack_low8(Int a, Int b) { return _mm256_unpacklo_epi8(a, b); }
  static Int unpack_high8(Int a, Int b) { return _mm256_unpackhi_epi8(a, b); }
  static Int unpack_low16(Int a, Int b) { return _mm256_unpacklo_epi16(a, b); }
  static Int unpack_high16(Int a, Int b) { return _mm256_unpackhi_epi16(a, b); }
};

}  // namespace
}  // namespace face_privacy::int8
