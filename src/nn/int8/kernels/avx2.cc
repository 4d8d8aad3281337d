// Compiled for AVX2, which has no dot product of bytes: of 16-bit words it has, and two of them are
// exact where the shorter way over 16-bit sums would saturate.
#include <immintrin.h>

#include "nn/int8/kernels/simd_256.h"
#include "nn/int8/kernels/simd_kernels.h"

namespace face_privacy::int8 {
namespace {

struct Avx2 : Simd256 {
  static constexpr int kTile = 8;  // of 16 registers; each pixel and each vector of weights takes two
  static constexpr bool kWords = true;
  struct Words {  // of each four bytes the first and third, and the second and fourth
    Int even;
    Int odd;
  };
  static Words words_of(const std::uint8_t* at) {
    const Int bytes = broadcast4(at);
    return {_mm256_and_si256(bytes, _mm256_set1_epi32(0xFF00FF)), _mm256_srli_epi16(bytes, 8)};
  }
  static Words load_words(const std::int8_t* at) { return {load(at), load(at + kBytes)}; }
  static Int dot_words(Int sum, const Words& bytes, const Words& weights) {
    return _mm256_add_epi32(sum, _mm256_add_epi32(_mm256_madd_epi16(bytes.even, weights.even),
                                                  _mm256_madd_epi16(bytes.odd, weights.odd)));
  }
  static Int dot(Int sum, Int bytes, Int weights) {
    const Int even = _mm256_madd_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0xFF)),
                                       _mm256_srai_epi16(_mm256_slli_epi16(weights, 8), 8));
    const Int odd = _mm256_madd_epi16(_mm256_srli_epi16(bytes, 8), _mm256_srai_epi16(weights, 8));
    return _mm256_add_epi32(sum, _mm256_add_epi32(even, odd));
  }
};

constexpr Kernels kKernels{"avx2", Avx2::kLanes, true, conv_row<Avx2>, depthwise_row<Avx2>};

}  // namespace

const Kernels* avx2_kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &kKernels : nullptr;
}

}  // namespace face_privacy::int8
