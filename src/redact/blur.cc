#include "redact/blur.h"

#include <cmath>

#include "redact/row_kernels.h"

namespace face_privacy {
namespace {

// The share of the mean color in the middle of the face; docs/privacy.md.
constexpr double kMeanShare = 0.75;

// The mean color has its full share up to this level, and none from the core's edge on.
constexpr double kMeanLevel = 0.35;

// As near to the core's edge as the directions of the ring can be told apart without a ripple.
constexpr double kNearestLevel = 0.93;

// Knots across the longer side. What the ring lets through changes over a quarter of the radius at
// the least, which is two knots.
constexpr int kKnotsAcross = 16;
constexpr int kMinKnotPx = 4;

float mean_share(double level) {
  const double t = std::clamp((1 - level) / (1 - kMeanLevel), 0.0, 1.0);
  return static_cast<float>(kMeanShare * t * t * (3 - 2 * t));
}

}  // namespace

SurroundFill::Mixture::Mixture(std::vector<PointD> at, int channels)
    : places(std::move(at)), color_channels(channels), weights(places.size(), 0.F) {
  for (int c = 0; c < channels; ++c) weighted[c].assign(places.size(), 0.F);
}

void SurroundFill::add_to(Mixture& mixture, float least) const {
  std::vector<std::size_t> reached;  // the others' weight is zero
  std::vector<float> x;
  std::vector<float> y;
  std::vector<float> share;
  std::vector<float> presence;
  for (std::size_t i = 0; i < mixture.places.size(); ++i) {
    const PointD unit = outline_->to_unit(mixture.places[i]);
    const double level = outline_->level(unit);
    const auto inside = static_cast<float>(std::max(0.0, 1.1 - level));
    const float weight = std::max(least, inside * inside);
    if (weight == 0) continue;
    const double shrink = level > kNearestLevel ? kNearestLevel / level : 1;
    reached.push_back(i);
    x.push_back(static_cast<float>(unit.x * shrink));
    y.push_back(static_cast<float>(unit.y * shrink));
    share.push_back(ring_.is_empty ? 1.F : mean_share(level));
    presence.push_back(weight);
  }
  const std::size_t count = reached.size();
  const std::size_t padded = (count + 7) / 8 * 8;
  x.resize(padded);
  y.resize(padded);
  // On a circle the inverse squares of the distances, as weights, are Poisson's kernel: the patch is
  // the smoothest one that has the ring's colors at its edge.
  std::array<std::vector<float>, kMaxColorChannels> outside;
  WeightedColors colors_around{
      ring_.x.data(), ring_.y.data(), ring_.weight.data(), kRingDirections, {}, mixture.color_channels};
  std::array<float*, kMaxColorChannels> lit{};
  for (int c = 0; c < mixture.color_channels; ++c) {
    outside[c].resize(padded);
    colors_around.color[c] = ring_.color[c].data();
    lit[c] = outside[c].data();
  }
  if (!ring_.is_empty)
    inverse_distance_mean(colors_around, x.data(), y.data(), static_cast<int>(padded), lit);
  for (std::size_t i = 0; i < count; ++i) mixture.weights[reached[i]] += presence[i];
  for (int c = 0; c < mixture.color_channels; ++c) {
    for (std::size_t i = 0; i < count; ++i) {
      mixture.weighted[c][reached[i]] +=
          presence[i] * (outside[c][i] + (mean_[c] - outside[c][i]) * share[i]);
    }
  }
}

template <class Sample>
BlurRows<Sample>::BlurRows(const PixelLayout& layout, std::span<const SurroundFill* const> fills,
                           const Rect& area)
    : channels_(layout.channels()), color_channels_(layout.color_channels()) {
  surface_.area = area;
  const int knot_px =
      std::max(kMinKnotPx, (std::max(area.width, area.height) + kKnotsAcross - 1) / kKnotsAcross);
  surface_.knot_px = knot_px;
  // Of the four knots one lies before a place and two behind it.
  surface_.knots_x = area.width / knot_px + kOrder;
  surface_.knots_y = area.height / knot_px + kOrder;
  compute_knots(fills);
  for (auto& weights : phase_weights_) weights.resize(knot_px);
  for (int phase = 0; phase < knot_px; ++phase) {
    const auto weights = spline_weights(static_cast<float>(phase) / static_cast<float>(knot_px));
    for (int k = 0; k < kOrder; ++k) phase_weights_[k][phase] = weights[k];
  }
}

template <class Sample>
void BlurRows<Sample>::compute_knots(std::span<const SurroundFill* const> fills) {
  std::vector<PointD> places;
  const Rect& area = surface_.area;
  const int knot_px = surface_.knot_px;
  places.reserve(static_cast<std::size_t>(surface_.knots_x) * surface_.knots_y);
  for (int row = 0; row < surface_.knots_y; ++row) {
    for (int column = 0; column < surface_.knots_x; ++column) {
      places.push_back({area.x + (column - 1.0) * knot_px, area.y + (row - 1.0) * knot_px});
    }
  }
  SurroundFill::Mixture mixture(std::move(places), color_channels_);
  for (const SurroundFill* fill : fills) fill->add_to(mixture, fill == fills.front() ? 1e-4F : 0.F);
  for (int c = 0; c < color_channels_; ++c) {
    auto& knots = surface_.knots[c];
    knots = std::move(mixture.weighted[c]);
    for (std::size_t i = 0; i < knots.size(); ++i) knots[i] /= mixture.weights[i];
  }
}

template <class Sample>
void BlurRows<Sample>::expand(int knot_row) {
  std::vector<float>& row = rows_[knot_row % kOrder];
  const int width = surface_.area.width;
  const int knot_px = surface_.knot_px;
  row.resize(static_cast<std::size_t>(width) * channels_);
  std::vector<float> plane(width);
  for (int c = 0; c < color_channels_; ++c) {
    const float* knot = surface_.knots[c].data() + static_cast<std::ptrdiff_t>(knot_row) * surface_.knots_x;
    for (int begin = 0; begin < width; begin += knot_px, ++knot) {
      const int count = std::min(knot_px, width - begin);
      for (int i = 0; i < count; ++i) {
        plane[begin + i] = phase_weights_[0][i] * knot[0] + phase_weights_[1][i] * knot[1] +
                           phase_weights_[2][i] * knot[2] + phase_weights_[3][i] * knot[3];
      }
    }
    for (int x = 0; x < width; ++x) row[static_cast<std::size_t>(x) * channels_ + c] = plane[x];
  }
}

template <class Sample>
void BlurRows<Sample>::write(int y, Span span, Sample* pixels) {
  const Rect& area = surface_.area;
  const int knot_row = (y - area.y) / surface_.knot_px;
  const int phase = (y - area.y) % surface_.knot_px;
  for (; expanded_rows_ < knot_row + kOrder; ++expanded_rows_) expand(expanded_rows_);
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(span.begin - area.x) * channels_;
  std::array<const float*, kOrder> rows{};
  std::array<float, kOrder> weights{};
  for (int k = 0; k < kOrder; ++k) {
    rows[k] = rows_[(knot_row + k) % kOrder].data() + first;
    weights[k] = phase_weights_[k][phase];
  }
  mix_rows(rows, weights, span.size() * channels_, pixels);
}

template class BlurRows<std::uint8_t>;
template class BlurRows<std::uint16_t>;

}  // namespace face_privacy
