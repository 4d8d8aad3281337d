#include "codec/jpeg/in_place/dct.h"

#include <cstddef>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace face_privacy::jpeg {
namespace {

// cos(k pi / 16) / 2, with which the transform is orthonormal: its inverse is its transpose.
constexpr float kCos1 = 0.49039264F;
constexpr float kCos2 = 0.46193977F;
constexpr float kCos3 = 0.41573481F;
constexpr float kCos4 = 0.35355339F;
constexpr float kCos5 = 0.27778512F;
constexpr float kCos6 = 0.19134172F;
constexpr float kCos7 = 0.09754516F;

constexpr float kMiddle = 128;

// Of eight signals side by side: element i of each is in v[i].
FACE_PRIVACY_INLINE void forward(Float8 (&v)[8]) {
  const Float8 s0 = v[0] + v[7];
  const Float8 s1 = v[1] + v[6];
  const Float8 s2 = v[2] + v[5];
  const Float8 s3 = v[3] + v[4];
  const Float8 d0 = v[0] - v[7];
  const Float8 d1 = v[1] - v[6];
  const Float8 d2 = v[2] - v[5];
  const Float8 d3 = v[3] - v[4];
  v[0] = (s0 + s3 + (s1 + s2)) * kCos4;
  v[4] = (s0 + s3 - (s1 + s2)) * kCos4;
  v[2] = (s0 - s3) * kCos2 + (s1 - s2) * kCos6;
  v[6] = (s0 - s3) * kCos6 - (s1 - s2) * kCos2;
  v[1] = d0 * kCos1 + d1 * kCos3 + d2 * kCos5 + d3 * kCos7;
  v[3] = d0 * kCos3 - d1 * kCos7 - d2 * kCos1 - d3 * kCos5;
  v[5] = d0 * kCos5 - d1 * kCos1 + d2 * kCos7 + d3 * kCos3;
  v[7] = d0 * kCos7 - d1 * kCos5 + d2 * kCos3 - d3 * kCos1;
}

FACE_PRIVACY_INLINE void inverse(Float8 (&v)[8]) {
  const Float8 a0 = (v[0] + v[4]) * kCos4;
  const Float8 a1 = (v[0] - v[4]) * kCos4;
  const Float8 b0 = v[2] * kCos2 + v[6] * kCos6;
  const Float8 b1 = v[2] * kCos6 - v[6] * kCos2;
  const Float8 o0 = v[1] * kCos1 + v[3] * kCos3 + v[5] * kCos5 + v[7] * kCos7;
  const Float8 o1 = v[1] * kCos3 - v[3] * kCos7 - v[5] * kCos1 - v[7] * kCos5;
  const Float8 o2 = v[1] * kCos5 - v[3] * kCos1 + v[5] * kCos7 + v[7] * kCos3;
  const Float8 o3 = v[1] * kCos7 - v[3] * kCos5 + v[5] * kCos3 - v[7] * kCos1;
  v[0] = a0 + b0 + o0;
  v[7] = a0 + b0 - o0;
  v[1] = a1 + b1 + o1;
  v[6] = a1 + b1 - o1;
  v[2] = a1 - b1 + o2;
  v[5] = a1 - b1 - o2;
  v[3] = a0 - b0 + o3;
  v[4] = a0 - b0 - o3;
}

// Pairs of rows, pairs of pairs, and halves change places.
FACE_PRIVACY_INLINE void transpose(Float8 (&v)[8]) {
  Float8 pairs[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    pairs[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; ++j) {
      const Float8 upper = pairs[i + j];
      const Float8 lower = pairs[i + j + 2];
      v[i + 2 * j] = __builtin_shufflevector(upper, lower, 0, 1, 8, 9, 4, 5, 12, 13);
      v[i + 2 * j + 1] = __builtin_shufflevector(upper, lower, 2, 3, 10, 11, 6, 7, 14, 15);
    }
  }
  for (int i = 0; i < 4; ++i) {
    const Float8 upper = v[i];
    const Float8 lower = v[i + 4];
    v[i] = __builtin_shufflevector(upper, lower, 0, 1, 2, 3, 8, 9, 10, 11);
    v[i + 4] = __builtin_shufflevector(upper, lower, 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

template <class Vector, class Element>
FACE_PRIVACY_INLINE void load(const Element* from, Vector& to) {
  std::memcpy(&to, from, sizeof to);
}

// Rows of samples less kMiddle, before they are rounded.
FACE_PRIVACY_INLINE void to_rows(const Block& block, const Quantizer& quantizer, Float8 (&v)[8]) {
  for (std::size_t column = 0; column < 8; ++column) {
    Short8 values;
    load(block + 8 * column, values);
    v[column] = __builtin_convertvector(values, Float8) * row_of(quantizer.step_by_column, column);
  }
  inverse(v);
  transpose(v);
  inverse(v);
}

FACE_PRIVACY_INLINE void to_samples(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                                    std::size_t stride_bytes) {
  Float8 v[8];
  to_rows(block, quantizer, v);
  const Float8 least = Float8{} + 0.F;
  const Float8 most = Float8{} + 255.F;
  for (std::size_t row = 0; row < 8; ++row) {
    Float8 sample = v[row] + kMiddle;
    sample = sample > least ? sample : least;
    sample = sample < most ? sample : most;
    const Int8 rounded = __builtin_convertvector(sample + 0.5F, Int8);
    const Byte8 bytes = __builtin_convertvector(__builtin_convertvector(rounded, Short8), Byte8);
    std::memcpy(samples + row * stride_bytes, &bytes, sizeof bytes);
  }
}

FACE_PRIVACY_INLINE void to_block(const std::uint8_t* samples, std::size_t stride_bytes,
                                  const Quantizer& quantizer, Block& block) {
  Float8 v[8];
  for (std::size_t row = 0; row < 8; ++row) {
    Byte8 bytes;
    load(samples + row * stride_bytes, bytes);
    v[row] = __builtin_convertvector(__builtin_convertvector(bytes, Short8), Float8) - kMiddle;
  }
  forward(v);
  transpose(v);
  forward(v);
  transpose(v);
  for (std::size_t row = 0; row < 8; ++row) put_row(v[row], quantizer, row, block);
}

FACE_PRIVACY_AVX2 void to_samples_avx2(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                                       std::size_t stride_bytes) {
#if defined(__x86_64__)
  Float8 v[8];
  to_rows(block, quantizer, v);
  // Packing clamps.
  const auto whole = [&](std::size_t row) __attribute__((target("avx2"), always_inline)) {
    return _mm256_cvttps_epi32(reinterpret_cast<__m256>(v[row] + kMiddle + 0.5F));
  };
  const __m256i rows_from_lanes = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (std::size_t row = 0; row < 8; row += 4) {
    const __m256i bytes = _mm256_packus_epi16(_mm256_packs_epi32(whole(row), whole(row + 1)),
                                              _mm256_packs_epi32(whole(row + 2), whole(row + 3)));
    std::uint64_t rows[4];
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows),
                        _mm256_permutevar8x32_epi32(bytes, rows_from_lanes));
    for (std::size_t i = 0; i < 4; ++i) {
      std::memcpy(samples + (row + i) * stride_bytes, &rows[i], sizeof rows[i]);
    }
  }
#else
  to_samples(block, quantizer, samples, stride_bytes);
#endif
}
FACE_PRIVACY_AVX2 void to_block_avx2(const std::uint8_t* samples, std::size_t stride_bytes,
                                     const Quantizer& quantizer, Block& block) {
  to_block(samples, stride_bytes, quantizer, block);
}

}  // namespace

Quantizer::Quantizer(const QuantTable& table) {
  for (std::size_t n = 0; n < 64; ++n) {
    const auto value = static_cast<float>(table.zigzag[n]);
    step[kNaturalOrder[n]] = value;
    step_by_column[kNaturalOrder[n] % 8 * 8 + kNaturalOrder[n] / 8] = value;
    per_step[kNaturalOrder[n]] = 1.F / value;
  }
}

void samples_from_block(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                        std::size_t stride_bytes) {
  has_avx2() ? to_samples_avx2(block, quantizer, samples, stride_bytes)
             : to_samples(block, quantizer, samples, stride_bytes);
}

void block_from_samples(const std::uint8_t* samples, std::size_t stride_bytes, const Quantizer& quantizer,
                        Block& block) {
  has_avx2() ? to_block_avx2(samples, stride_bytes, quantizer, block)
             : to_block(samples, stride_bytes, quantizer, block);
}

}  // namespace face_privacy::jpeg
