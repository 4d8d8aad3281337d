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

double mean_share(double level) {
  const double inside = std::clamp(1 - level, 0.0, 1.0);
  return kMeanShare * inside * inside * (3 - 2 * inside);
}

// Uniform cubic B-spline: smooth, and never beyond the knots' range.
std::array<float, 4> spline_weights(float t) {
  const float s = 1 - t;
  return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6,
          t * t * t / 6};
}

}  // namespace

template <class Sample>
BlurRows<Sample>::BlurRows(const PixelLayout& layout, const Outline& outline, const Rect& area,
                           const Ring& ring, const PixelColor<Sample>& mean)
    : channels_(layout.channels()), color_channels_(layout.color_channels()), area_(area) {
  knot_px_ = std::max(2, (std::max(area.width, area.height) + kKnotsAcross - 1) / kKnotsAcross);
  line_px_ = std::min(kLinePx, knot_px_);
  // Of the spline's four knots one lies before the position and two behind it.
  knots_x_ = area.width / knot_px_ + 4;
  knots_y_ = (area.height + line_px_) / knot_px_ + 4;
  compute_knots(outline, ring, mean);
}

template <class Sample>
void BlurRows<Sample>::compute_knots(const Outline& outline, const Ring& ring,
                                     const PixelColor<Sample>& mean) {
  knots_.resize(static_cast<std::size_t>(knots_x_) * knots_y_ * color_channels_);
  std::vector<float> unit_x(knots_x_);
  std::vector<float> unit_y(knots_x_);
  std::vector<float> total(knots_x_);
  std::array<std::vector<float>, kMaxColorChannels> sum;
  for (int row = 0; row < knots_y_; ++row) {
    const auto place = [&](int column) {
      return PointD{static_cast<double>(area_.x) + (column - 1.0) * knot_px_,
                    static_cast<double>(area_.y) + (row - 1.0) * knot_px_};
    };
    for (int column = 0; column < knots_x_; ++column) {
      const PointD unit = outline.to_unit(place(column));
      // Beyond the ring the weights would turn inside out; nothing is shown from there but what the
      // spline's reach needs.
      const double beyond = std::max(1.0, std::hypot(unit.x, unit.y));
      unit_x[column] = static_cast<float>(unit.x / beyond);
      unit_y[column] = static_cast<float>(unit.y / beyond);
    }
    // On a circle the inverse squares of the distances, as weights, are Poisson's kernel: the patch
    // is the smoothest one that has the ring's colours at its edge.
    total.assign(knots_x_, 0.F);
    for (int c = 0; c < color_channels_; ++c) sum[c].assign(knots_x_, 0.F);
    for (int d = 0; d < kRingDirections; ++d) {
      if (ring.weight[d] <= 0) continue;
      for (int column = 0; column < knots_x_; ++column) {
        const float dx = unit_x[column] - ring.x[d];
        const float dy = unit_y[column] - ring.y[d];
        const float weight = ring.weight[d] / (dx * dx + dy * dy + 1e-4F);
        total[column] += weight;
        for (int c = 0; c < color_channels_; ++c) sum[c][column] += weight * ring.color[c][d];
      }
    }
    for (int column = 0; column < knots_x_; ++column) {
      float* knot = knots_.data() + (static_cast<std::ptrdiff_t>(row) * knots_x_ + column) * color_channels_;
      const auto share =
          static_cast<float>(ring.is_empty ? 1 : mean_share(outline.core_level(place(column))));
      for (int c = 0; c < color_channels_; ++c) {
        const float around = ring.is_empty ? 0 : sum[c][column] / total[column];
        knot[c] = around + (static_cast<float>(mean[c]) - around) * share;
      }
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
