#include "match/embedding.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace face_privacy {

Embedding unit(std::span<const float> values) {
  double squares = 0;
  for (const float value : values) squares += static_cast<double>(value) * value;
  const double length = std::sqrt(squares);
  constexpr double kNowhere = 1e-6;
  if (!std::isfinite(length) || length < kNowhere) return {};
  Embedding result;
  result.reserve(values.size());
  for (const float value : values) result.push_back(static_cast<float>(value / length));
  return result;
}

float similarity(const Embedding& one, const Embedding& other) {
  if (one.size() != other.size()) return -1;
  const double sum = std::inner_product(one.begin(), one.end(), other.begin(), 0.0);
  return static_cast<float>(std::clamp(sum, -1.0, 1.0));
}

Embedding mean_of(std::span<const Embedding> faces) {
  if (faces.empty()) return {};
  Embedding sum(faces.front().size(), 0.F);
  for (const Embedding& face : faces) {
    if (face.size() != sum.size()) return {};
    std::transform(sum.begin(), sum.end(), face.begin(), sum.begin(), std::plus<>());
  }
  return unit(sum);
}

}  // namespace face_privacy
