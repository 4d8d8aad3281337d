#include "redact/blur.h"

#include <cmath>

namespace face_privacy {
namespace {

// The share of the mean colour in the middle of the face; docs/architecture.md.
constexpr double kMeanShare = 0.75;

// Knots across the longer side. What the ring lets through changes over a quarter of the radius at
// the least, which is three knots.
constexpr int kKnotsAcross = 20;
constexpr int kLinePx = 8;

// The mean colour has its full share up to this level, and none from the core's edge on.
constexpr double kMeanLevel = 0.35;

// As near to the core's edge as the directions of the ring can be told apart without a ripple.
constexpr double kNearestLevel = 0.93;

float mean_share(double level) {
  const double t = std::clamp((1 - level) / (1 - kMeanLevel), 0.0, 1.0);
  return static_cast<float>(kMeanShare * t * t * (3 - 2 * t));
}

// Uniform cubic B-spline: smooth, and never beyond the knots' range.
std::array<float, 4> spline_weights(float t) {
  const float s = 1 - t;
  return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6,
          t * t * t / 6};
}

}  // namespace

void Glow::add(std::span<const PointD> places, int color_channels, float least,
               std::array<std::vector<float>, kMaxColorChannels>& sums, std::vector<float>& totals) const {
  const std::size_t count = places.size();
  std::vector<float> x(count);
  std::vector<float> y(count);
  std::vector<float> share(count);
  std::vector<float> presence(count);
  for (std::size_t i = 0; i < count; ++i) {
    const PointD unit = outline_.to_unit(places[i]);
    const double level = outline_.level(unit);
    const double shrink = level > kNearestLevel ? kNearestLevel / level : 1;
    x[i] = static_cast<float>(unit.x * shrink);
    y[i] = static_cast<float>(unit.y * shrink);
    share[i] = ring_.is_empty ? 1.F : mean_share(level);
    const auto inside = static_cast<float>(std::max(0.0, 1.1 - level));
    presence[i] = std::max(least, inside * inside);
  }
  // On a circle the inverse squares of the distances, as weights, are Poisson's kernel: the patch is
  // the smoothest one that has the ring's colours at its edge.
  std::vector<float> weights(count, 0.F);
  std::array<std::vector<float>, kMaxColorChannels> around;
  for (int c = 0; c < color_channels; ++c) around[c].assign(count, 0.F);
  for (int d = 0; d < kRingDirections; ++d) {
    if (ring_.weight[d] <= 0) continue;
    for (std::size_t i = 0; i < count; ++i) {
      const float dx = x[i] - ring_.x[d];
      const float dy = y[i] - ring_.y[d];
      const float weight = ring_.weight[d] / (dx * dx + dy * dy);
      weights[i] += weight;
      for (int c = 0; c < color_channels; ++c) around[c][i] += weight * ring_.color[c][d];
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    totals[i] += presence[i];
    for (int c = 0; c < color_channels; ++c) {
      const float outside = ring_.is_empty ? 0.F : around[c][i] / weights[i];
      sums[c][i] += presence[i] * (outside + (mean_[c] - outside) * share[i]);
    }
  }
}

template <class Sample>
BlurRows<Sample>::BlurRows(const PixelLayout& layout, std::span<const Glow* const> glows, const Rect& area)
    : channels_(layout.channels()), color_channels_(layout.color_channels()), area_(area) {
  knot_px_ = std::max(2, (std::max(area.width, area.height) + kKnotsAcross - 1) / kKnotsAcross);
  line_px_ = std::min(kLinePx, knot_px_);
  // Of the spline's four knots one lies before the position and two behind it.
  knots_x_ = area.width / knot_px_ + 4;
  knots_y_ = (area.height + line_px_) / knot_px_ + 4;
  compute_knots(glows);
}

template <class Sample>
void BlurRows<Sample>::compute_knots(std::span<const Glow* const> glows) {
  knots_.resize(static_cast<std::size_t>(knots_x_) * knots_y_ * color_channels_);
  std::vector<PointD> places(knots_x_);
  std::vector<float> totals;
  std::array<std::vector<float>, kMaxColorChannels> sums;
  float* knot = knots_.data();
  for (int row = 0; row < knots_y_; ++row) {
    for (int column = 0; column < knots_x_; ++column) {
      places[column] = {area_.x + (column - 1.0) * knot_px_, area_.y + (row - 1.0) * knot_px_};
    }
    totals.assign(knots_x_, 0.F);
    for (int c = 0; c < color_channels_; ++c) sums[c].assign(knots_x_, 0.F);
    for (const Glow* glow : glows) {
      glow->add(places, color_channels_, glow == glows.front() ? 1e-4F : 0.F, sums, totals);
    }
    for (int column = 0; column < knots_x_; ++column) {
      for (int c = 0; c < color_channels_; ++c) *knot++ = sums[c][column] / totals[column];
    }
  }
}

template <class Sample>
void BlurRows<Sample>::expand_line(int line, std::vector<float>& samples) {
  const int y = line * line_px_;
  const int knot_row = y / knot_px_;
  const auto down = spline_weights(static_cast<float>(y % knot_px_) / static_cast<float>(knot_px_));
  const std::ptrdiff_t row_samples = static_cast<std::ptrdiff_t>(knots_x_) * color_channels_;
  const float* knots = knots_.data() + knot_row * row_samples;
  std::vector<float> across(static_cast<std::size_t>(row_samples));
  for (std::ptrdiff_t i = 0; i < row_samples; ++i) {
    across[i] = down[0] * knots[i] + down[1] * knots[i + row_samples] + down[2] * knots[i + 2 * row_samples] +
                down[3] * knots[i + 3 * row_samples];
  }
  samples.resize(static_cast<std::size_t>(area_.width) * channels_);
  for (int x = 0; x < area_.width; ++x) {
    const auto right = spline_weights(static_cast<float>(x % knot_px_) / static_cast<float>(knot_px_));
    const float* knot = across.data() + static_cast<std::ptrdiff_t>(x / knot_px_) * color_channels_;
    for (int c = 0; c < color_channels_; ++c) {
      samples[static_cast<std::size_t>(x) * channels_ + c] =
          right[0] * knot[c] + right[1] * knot[c + color_channels_] +
          right[2] * knot[c + 2 * color_channels_] + right[3] * knot[c + 3 * color_channels_];
    }
  }
}

template <class Sample>
void BlurRows<Sample>::write(int y, Span span, Sample* pixels) {
  const int line = (y - area_.y) / line_px_;
  if (line != line_) {
    if (line == line_ + 1 && line_ >= 0) {
      std::swap(upper_, lower_);
    } else {
      expand_line(line, upper_);
    }
    expand_line(line + 1, lower_);
    line_ = line;
  }
  const float t = static_cast<float>((y - area_.y) % line_px_) / static_cast<float>(line_px_);
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(span.begin - area_.x) * channels_;
  const float* upper = upper_.data() + first;
  const float* lower = lower_.data() + first;
  const int count = span.size() * channels_;
  for (int i = 0; i < count; ++i) {
    pixels[i] = static_cast<Sample>(static_cast<int>(upper[i] + (lower[i] - upper[i]) * t + 0.5F));
  }
}

template class BlurRows<std::uint8_t>;
template class BlurRows<std::uint16_t>;

}  // namespace face_privacy
