// Rounding of weights to whole numbers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace face_privacy::int8 {

inline constexpr int kLargestWeight = 127;

struct RoundedWeights {
  std::vector<std::int8_t> values;  // within +-kLargestWeight
  double scale = 1;                 // a weight is about value * scale
};

// Without `moments` each weight is rounded to nearest, and the scale is the finest there is. With them
// (moments[i * n + j], the mean of input i times input j) scale and rounding are chosen together so that
// the mean square error of the weighted sum of the inputs becomes small: inputs that go together, such
// as neighboring pixels, let one weight's error make up for another's.
RoundedWeights round_weights(std::span<const double> weights, std::span<const double> moments);

}  // namespace face_privacy::int8
