#include "nn/int8/rounding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace face_privacy::int8 {
namespace {

double square_error(const std::vector<double>& weights, const RoundedWeights& rounded,
                    const std::vector<double>& moments) {
  const std::size_t n = weights.size();
  double error = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      error += (rounded.values[i] * rounded.scale - weights[i]) * moments[i * n + j] *
               (rounded.values[j] * rounded.scale - weights[j]);
    }
  }
  return error;
}

std::vector<double> some_weights(std::size_t n) {
  std::mt19937 random(7);
  std::normal_distribution<double> normal;
  std::vector<double> weights(n);
  for (double& weight : weights) weight = normal(random);
  return weights;
}

TEST(Rounding, ToNearestWithoutMoments) {
  const RoundedWeights rounded = round_weights(std::vector<double>{1.27, -0.011, 0.006, -0.634}, {});
  EXPECT_DOUBLE_EQ(rounded.scale, 0.01);
  EXPECT_EQ(rounded.values, (std::vector<std::int8_t>{127, -1, 1, -63}));
}

TEST(Rounding, ZerosStayZeros) {
  EXPECT_EQ(round_weights(std::vector<double>(4, 0.0), {}).values, std::vector<std::int8_t>(4, 0));
}

// Inputs that are nearly equal: only the weights' sum matters.
TEST(Rounding, ErrorsOfInputsThatGoTogetherCancel) {
  constexpr std::size_t kCount = 9;
  const auto weights = some_weights(kCount);
  std::vector<double> moments(kCount * kCount, 1.0);
  for (std::size_t i = 0; i < kCount; ++i) moments[i * kCount + i] = 1.01;
  const double nearest = square_error(weights, round_weights(weights, {}), moments);
  const double together = square_error(weights, round_weights(weights, moments), moments);
  EXPECT_LT(together, nearest / 10);
}

TEST(Rounding, NeverWorseThanNearest) {
  constexpr std::size_t kCount = 16;
  const auto weights = some_weights(kCount);
  std::vector<double> moments(kCount * kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    for (std::size_t j = 0; j < kCount; ++j)
      moments[i * kCount + j] = std::exp(-std::abs(static_cast<double>(i) - static_cast<double>(j)) / 3);
  }
  EXPECT_LE(square_error(weights, round_weights(weights, moments), moments),
            square_error(weights, round_weights(weights, {}), moments));
}

// Numbers that are no moments of anything must not make it run for ever or leave the range.
TEST(Rounding, NonsenseEnds) {
  const auto weights = some_weights(5);
  for (const double value : {-1.0, 0.0, 1e300}) {
    const auto rounded = round_weights(weights, std::vector<double>(25, value));
    for (const int one : rounded.values) EXPECT_LE(std::abs(one), kLargestWeight);
  }
}

}  // namespace
}  // namespace face_privacy::int8
