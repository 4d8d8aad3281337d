#include "nn/int8/rounding.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace face_privacy::int8 {
namespace {

// Steps of one weight by one, the best each time, until none helps. Each makes the error smaller by a
// share that is no mere rounding of the arithmetic, so they come to an end; the limit is for moments
// that are none.
class Descent {
 public:
  Descent(std::span<const double> weights, std::span<const double> moments, std::vector<double>& rounded)
      : moments_(moments), rounded_(rounded), slope_(weights.size(), 0) {
    const std::size_t n = weights.size();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) slope_[i] += moments_[i * n + j] * (rounded_[j] - weights[j]);
    }
  }

  // Returns the square error that is left.
  double run(std::span<const double> weights) {
    const std::size_t most_steps = 16 * slope_.size();
    for (std::size_t step = 0; step < most_steps && improve(); ++step) {
    }
    double error = 0;
    for (std::size_t i = 0; i < slope_.size(); ++i) error += slope_[i] * (rounded_[i] - weights[i]);
    return error;
  }

 private:
  // What a step of weight i by `direction` adds to the square error.
  double cost(std::size_t i, int direction) const {
    const std::size_t n = slope_.size();
    return 2 * direction * slope_[i] + moments_[i * n + i];
  }

  bool improve() {
    constexpr double kLeastGain = 1e-9;
    const std::size_t n = slope_.size();
    std::size_t best = 0;
    int best_direction = 0;
    double best_cost = 0;
    for (std::size_t i = 0; i < n; ++i) {
      for (const int direction : {-1, 1}) {
        const bool allowed = std::abs(rounded_[i] + direction) <= kLargestWeight;
        const double change = cost(i, direction);
        if (allowed && change < best_cost - kLeastGain * moments_[i * n + i]) {
          best = i;
          best_direction = direction;
          best_cost = change;
        }
      }
    }
    if (best_direction == 0) return false;
    rounded_[best] += best_direction;
    for (std::size_t i = 0; i < n; ++i) slope_[i] += best_direction * moments_[i * n + best];
    return true;
  }

  std::span<const double> moments_;
  std::vector<double>& rounded_;
  std::vector<double> slope_;  // of half the square error, for each weight
};

std::vector<double> nearest(std::span<const double> weights) {
  std::vector<double> rounded;
  for (const double weight : weights) {
    rounded.push_back(std::clamp<double>(std::nearbyint(weight), -kLargestWeight, kLargestWeight));
  }
  return rounded;
}

}  // namespace

RoundedWeights round_weights(std::span<const double> weights, std::span<const double> moments) {
  double largest = 0;
  for (const double weight : weights) largest = std::max(largest, std::abs(weight));
  const double finest = largest > 0 ? largest / kLargestWeight : 1;
  const auto in_steps = [&](double scale) {
    std::vector<double> scaled(weights.begin(), weights.end());
    for (double& weight : scaled) weight /= scale;
    return scaled;
  };
  auto best = nearest(in_steps(finest));
  double best_scale = finest;
  // A coarser scale may happen to fit better; a quarter coarser no more.
  constexpr int kScales = 64;
  constexpr double kCoarsest = 1.25;
  const bool together = moments.size() == weights.size() * weights.size();
  double best_error = 0;
  for (int i = 0; together && i < kScales; ++i) {
    const double scale = finest * (1 + (kCoarsest - 1) * i / kScales);
    const auto scaled = in_steps(scale);
    auto rounded = nearest(scaled);
    const double error = Descent(scaled, moments, rounded).run(scaled) * scale * scale;
    if (i == 0 || error < best_error) {
      best = std::move(rounded);
      best_scale = scale;
      best_error = error;
    }
  }
  return {{best.begin(), best.end()}, best_scale};
}

}  // namespace face_privacy::int8
