#include "gate_fit.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "calibration.h"
#include "detect/look.h"

namespace face_privacy::int8 {
namespace {

// Of the cells that see nothing one in so many is enough to learn from.
constexpr std::size_t kEvery = 32;

// Keeps weights of channels that say the same small; chosen on the photos that setup brings.
constexpr double kRidge = 1e-3;

// The share of the photos' best cells that a gate closes: the lowest few are far from the others, and to open
// for them takes a third of what it spares. Chosen on every other one of the photos of docs/detection.md.
constexpr double kShareClosed = 0.005;

constexpr int kMostSteps = 30;
constexpr double kSmallStep = 1e-6;

// A face's best cell is the best so far around.
constexpr int kRivals = 2;

// The solution x of a x = b for a symmetric positive definite matrix, by Cholesky's decomposition. Plain
// loops in a fixed order: the same on every machine.
std::vector<double> solve(std::vector<double> a, std::vector<double> b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      a[i * n + j] = i == j ? std::sqrt(sum) : sum / a[j * n + j];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return b;
}

double dot(const double* a, const double* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += a[i] * b[i];
  return sum;
}

float logit_at(const RealTensor& head, int pairs, int x, int y) {
  const auto cell =
      static_cast<std::size_t>(y) * static_cast<std::size_t>(head.size.width) + static_cast<std::size_t>(x);
  const float* const first = head.values.data() + cell * static_cast<std::size_t>(head.channels);
  return *std::max_element(first, first + pairs);
}

bool is_best(const RealTensor& head, int pairs, int x, int y) {
  const float logit = logit_at(head, pairs, x, y);
  for (int dy = std::max(0, y - kRivals); dy <= std::min(head.size.height - 1, y + kRivals); ++dy) {
    for (int dx = std::max(0, x - kRivals); dx <= std::min(head.size.width - 1, x + kRivals); ++dx) {
      if (logit_at(head, pairs, dx, dy) > logit) return false;
    }
  }
  return true;
}

// Newton's method for logistic regression, over values of mean 0 and deviation 1.
class Regression {
 public:
  Regression(std::size_t terms, const std::vector<double>& values, const std::vector<double>& weights,
             const std::vector<double>& wanted)
      : terms_(terms), values_(values), weights_(weights), wanted_(wanted), solution_(terms, 0.0) {
    for (int step = 0; step < kMostSteps && improve() > kSmallStep; ++step) {
    }
  }

  const std::vector<double>& solution() const { return solution_; }

 private:
  // Returns the largest change.
  double improve() {
    const double ridge = kRidge * static_cast<double>(weights_.size());
    std::vector<double> slope(terms_, 0.0);
    std::vector<double> curvature(terms_ * terms_, 0.0);
    for (std::size_t i = 0; i < weights_.size(); ++i) add(i, slope, curvature);
    for (std::size_t t = 0; t < terms_; ++t) {
      slope[t] += ridge * solution_[t];
      curvature[t * terms_ + t] += ridge;
    }
    const std::vector<double> change = solve(std::move(curvature), std::move(slope));
    double largest = 0;
    for (std::size_t t = 0; t < terms_; ++t) {
      solution_[t] -= change[t];
      largest = std::max(largest, std::abs(change[t]));
    }
    return largest;
  }

  // The lower triangle is enough.
  void add(std::size_t sample, std::vector<double>& slope, std::vector<double>& curvature) const {
    const double* const value = values_.data() + sample * terms_;
    const double chance = 1 / (1 + std::exp(-std::clamp(dot(value, solution_.data(), terms_), -30.0, 30.0)));
    const double error = weights_[sample] * (chance - wanted_[sample]);
    const double bend = weights_[sample] * chance * (1 - chance);
    for (std::size_t i = 0; i < terms_; ++i) {
      slope[i] += error * value[i];
      for (std::size_t j = 0; j <= i; ++j) curvature[i * terms_ + j] += bend * value[i] * value[j];
    }
  }

  std::size_t terms_;
  const std::vector<double>& values_;
  const std::vector<double>& weights_;
  const std::vector<double>& wanted_;
  std::vector<double> solution_;
};

struct Spread {
  double mean = 0;
  double deviation = 1;
};

Spread spread_of(const std::vector<double>& values, std::size_t first, std::size_t step) {
  double sum = 0;
  double squares = 0;
  std::size_t count = 0;
  for (std::size_t i = first; i < values.size(); i += step, ++count) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const double mean = sum / static_cast<double>(count);
  return {mean, std::sqrt(std::max(1e-12, squares / static_cast<double>(count) - mean * mean))};
}

}  // namespace

GateFit::GateFit(const NetworkSpec& spec, int head) : spec_(spec), head_(static_cast<std::size_t>(head)) {
  const int tensor = spec.layers[head_].gate;
  terms_ = kGateTaps * static_cast<std::size_t>(spec.tensors[static_cast<std::size_t>(tensor)].channels) + 1;
  for (std::size_t i = 0; i < head_; ++i) head_number_ += spec.layers[i].is_head() ? 1 : 0;
}

void GateFit::add(const std::vector<float>& window, double weight, bool is_candidate) {
  samples_.values.insert(samples_.values.end(), window.begin(), window.end());
  samples_.values.push_back(1);
  samples_.weights.push_back(weight);
  samples_.wanted.push_back(is_candidate ? 1 : 0);
}

void GateFit::observe(const RealRun& run) {
  const LayerSpec& layer = spec_.layers[head_];
  const RealTensor& head = run.heads[head_number_];
  const RealTensor& tensor = run.tensors[static_cast<std::size_t>(layer.gate)];
  const double least = std::log(kCandidateScore / (1 - kCandidateScore));
  std::vector<float> window;
  for (int y = 0; y < head.size.height; ++y) {
    for (int x = 0; x < head.size.width; ++x) {
      const bool is_candidate = static_cast<double>(logit_at(head, layer.logit_pairs, x, y)) >= least;
      if (!is_candidate && ++cells_passed_ % kEvery != 0) continue;
      read_window(tensor, 3, x, y, window);
      add(window, is_candidate ? 1 : kEvery, is_candidate);
      if (is_candidate && is_best(head, layer.logit_pairs, x, y)) best_.push_back(window);
    }
  }
}

std::vector<float> GateFit::result() const {
  if (best_.empty()) return {};
  const std::size_t taps = terms_ - 1;
  std::vector<double> values = samples_.values;
  std::vector<Spread> spreads;
  for (std::size_t i = 0; i < taps; ++i) {
    spreads.push_back(spread_of(values, i, terms_));
    for (std::size_t at = i; at < values.size(); at += terms_) {
      values[at] = (values[at] - spreads[i].mean) / spreads[i].deviation;
    }
  }
  std::vector<double> weights = Regression(terms_, values, samples_.weights, samples_.wanted).solution();
  for (std::size_t i = 0; i < taps; ++i) weights[i] /= spreads[i].deviation;

  // What the regression added plays no part: the last number becomes what opens the best cells.
  std::vector<double> sums;
  for (const std::vector<float>& window : best_) {
    sums.push_back(std::inner_product(window.begin(), window.end(), weights.begin(), 0.0));
  }
  std::sort(sums.begin(), sums.end());
  std::vector<float> gate(weights.begin(), weights.end() - 1);
  gate.push_back(
      static_cast<float>(-sums[static_cast<std::size_t>(kShareClosed * static_cast<double>(sums.size()))]));
  return gate;
}

}  // namespace face_privacy::int8
