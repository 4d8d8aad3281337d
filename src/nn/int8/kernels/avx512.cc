// Compiled for AVX-512 with VNNI (Cascade Lake, Zen 4 and later).
#include <immintrin.h>

#include "nn/int8/kernels/simd_256.h"
#include "nn/int8/kernels/simd_kernels.h"

namespace face_privacy::int8 {
namespace {

struct Avx512 {
  using Int = __m512i;
  using Float = __m512;
  static constexpr int kLanes = 16;
  static constexpr std::size_t kBytes = 64;
  static constexpr int kTile = 24;  // of 32 registers
  static constexpr bool kLess128 = false;
  static constexpr bool kWords = false;
  static constexpr bool kFourSteps = false;

  static Int zero() { return _mm512_setzero_si512(); }
  static Int load(const void* at) { return _mm512_loadu_si512(at); }
  static Int broadcast4(const std::uint8_t* at) {
    int four;
    __builtin_memcpy(&four, at, sizeof four);
    return _mm512_set1_epi32(four);
  }
  static Int dot(Int sum, Int bytes, Int weights) {
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(bytes), "v"(weights));
    return sum;
  }
  static Float scaled(Int sum, const float* scale, const float* offset) {
    return _mm512_fmadd_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(scale), _mm512_loadu_ps(offset));
  }
  static Float not_negative(Float value) { return _mm512_max_ps(value, _mm512_setzero_ps()); }
  static Float sloped(Float value, const float* slope, const float* zero) {
    const Float above = _mm512_add_ps(_mm512_max_ps(value, _mm512_setzero_ps()), _mm512_loadu_ps(zero));
    return _mm512_fmadd_ps(_mm512_min_ps(value, _mm512_setzero_ps()), _mm512_loadu_ps(slope), above);
  }
  // The bytes of vector `v` of a block of `Vectors`, in the order of its lanes.
  template <int Vectors>
  static Float gather_bytes(const std::uint8_t* block, int v) {
    alignas(64) std::uint8_t bytes[16];
    for (int i = 0; i < 4; ++i) {
      __builtin_memcpy(bytes + 4 * i, block + 4 * Vectors * i + 4 * v, 4);
    }
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(bytes))));
  }
  static Float add_scaled(Float value, Float coarse, const float* scale) {
    return _mm512_fmadd_ps(coarse, _mm512_loadu_ps(scale), value);
  }
  static Int rounded(Float value) { return _mm512_cvtps_epi32(value); }
  static void store(float* at, Float value) { _mm512_storeu_ps(at, value); }
  template <int Vectors>
  static void store_bytes(std::uint8_t* at, const Int* value) {
    if constexpr (Vectors == 4) {
      _mm512_storeu_si512(at, _mm512_packus_epi16(_mm512_packs_epi32(value[0], value[1]),
                                                  _mm512_packs_epi32(value[2], value[3])));
    } else if constexpr (Vectors == 2) {
      const __m512i words = _mm512_packs_epi32(value[0], value[1]);
      const __m512i bytes = _mm512_packus_epi16(words, words);
      _mm256_storeu_si256(
          reinterpret_cast<__m256i*>(at),
          _mm512_castsi512_si256(_mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6), bytes)));
    } else {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(at),
                       _mm512_cvtusepi32_epi8(_mm512_max_epi32(value[0], zero())));
    }
  }
  static Int unpack_low8(Int a, Int b) { return _mm512_unpacklo_epi8(a, b); }
  static Int unpack_high8(Int a, Int b) { return _mm512_unpackhi_epi8(a, b); }
  static Int unpack_low16(Int a, Int b) { return _mm512_unpacklo_epi16(a, b); }
  static Int unpack_high16(Int a, Int b) { return _mm512_unpackhi_epi16(a, b); }
};

struct Avx512Narrow : Simd256 {
  static Int dot(Int sum, Int bytes, Int weights) { return _mm256_dpbusd_epi32(sum, bytes, weights); }
};

void depthwise(const DepthwiseRow& row) {
  if (row.channels % (4 * Avx512::kLanes) == 0) {
    depthwise_row<Avx512>(row);
  } else {
    depthwise_row<Avx512Narrow>(row);
  }
}

constexpr Kernels kKernels{"avx512-vnni", Avx512::kLanes, false, conv_row<Avx512>, depthwise};

}  // namespace

const Kernels* avx512_vnni_kernels() {
  const bool usable = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vnni");
  return usable ? &kKernels : nullptr;
}

}  // namespace face_privacy::int8
