#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include "base/simd.h"
#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

// The steps of a quantizer and their inverses, row by row.
struct Quantizer {
  explicit Quantizer(const QuantTable& table);

  std::array<float, 64> step{};
  std::array<float, 64> step_by_column{};
  std::array<float, 64> per_step{};
};

FACE_PRIVACY_INLINE const Float8Anywhere& row_of(const std::array<float, 64>& floats, std::size_t row) {
  return eight(floats.data() + 8 * row);
}

// A row of coefficients, in whole steps of the quantizer.
FACE_PRIVACY_INLINE void put_row(const Float8& coefficients, const Quantizer& quantizer, std::size_t row,
                                 Block& block) {
  // Adding and subtracting it rounds to whole numbers: floats of its size have no fractions.
  constexpr float kRounder = 3 << 22;
  const Float8 whole = (coefficients * row_of(quantizer.per_step, row) + kRounder) - kRounder;
  const Short8 values = __builtin_convertvector(__builtin_convertvector(whole, Int8), Short8);
  std::memcpy(block + 8 * row, &values, sizeof values);
}

}  // namespace face_privacy::jpeg
