#include "redact/ring.h"

#include <cmath>
#include <numbers>

namespace face_privacy {
namespace {

constexpr int kRaysPerDirection = 3;
constexpr int kRays = kRingDirections * kRaysPerDirection;
constexpr int kStepsPerRay = 6;
constexpr double kGapPx = 1;        // between the feather and the first pixel looked at
constexpr double kRayShare = 0.12;  // a ray's length in mean radii
constexpr double kMinRayPx = 3;

// Rays are averaged over a window round each direction, so that a thin line or the grain of a fabric
// that one ray happens to hit does not run into the patch as a streak.
constexpr int kWindowRays = 8;  // to either side
constexpr double kWindowSigmaRays = 4;

// Sums of a few samples, which a float holds exactly.
struct Ray {
  std::array<float, kMaxColorChannels> sum{};
  float count = 0;
};

double ray_length_px(const Outline& outline) {
  return std::max(kMinRayPx, kRayShare * outline.mean_radius());
}

template <class Sample>
Ray cast(const Canvas<Sample>& canvas, const Outline::EdgePoint& edge, double length_px,
         const PixelMask& hidden) {
  Ray ray;
  for (int step = 0; step < kStepsPerRay; ++step) {
    const double distance = kGapPx + length_px * (step + 0.5) / kStepsPerRay;
    const double x = edge.at.x + distance * edge.outwards.x;
    const double y = edge.at.y + distance * edge.outwards.y;
    const Rect& area = canvas.area;  // of non-negative coordinates
    if (!(x >= area.x && x < area.right() && y >= area.y && y < area.bottom())) continue;
    const int pixel_x = static_cast<int>(x);
    const int pixel_y = static_cast<int>(y);
    if (hidden.contains(pixel_x, pixel_y)) continue;
    const Sample* pixel = canvas.at(pixel_x, pixel_y);
    for (int c = 0; c < canvas.color_channels(); ++c) ray.sum[c] += static_cast<float>(pixel[c]);
    ray.count += 1;
  }
  return ray;
}

// Where the rays start, on the edge of the unit disc or square.
std::array<PointD, kRays> starts(Shape shape) {
  std::array<PointD, kRays> points;
  for (int i = 0; i < kRays; ++i) {
    const double turn = (i + 0.5) / kRays;
    if (shape == Shape::kEllipse) {
      points[i] = {std::cos(2 * std::numbers::pi * turn), std::sin(2 * std::numbers::pi * turn)};
      continue;
    }
    const int side = static_cast<int>(turn * 4);
    const double along = 2 * (turn * 4 - side) - 1;
    const std::array<PointD, 4> sides = {{{1, along}, {-along, 1}, {-1, -along}, {along, -1}}};
    points[i] = sides[side];
  }
  return points;
}

const std::array<PointD, kRays>& starts_of(Shape shape) {
  static const auto disc = starts(Shape::kEllipse);
  static const auto square = starts(Shape::kBox);
  return shape == Shape::kEllipse ? disc : square;
}

using Window = std::array<float, 2 * kWindowRays + 1>;

Window window() {
  std::array<double, 2 * kWindowRays + 1> weights{};
  double total = 0;
  for (int i = -kWindowRays; i <= kWindowRays; ++i) {
    weights[i + kWindowRays] = std::exp(-i * i / (2 * kWindowSigmaRays * kWindowSigmaRays));
    total += weights[i + kWindowRays];
  }
  Window result{};
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = static_cast<float>(weights[i] / total);
  return result;
}

}  // namespace

// To the last step, and a pixel more, as a pixel that is looked at need not have its center there.
double ring_reach_px(const Outline& outline) {
  return kGapPx + ray_length_px(outline) * (kStepsPerRay - 0.5) / kStepsPerRay + 1;
}

template <class Sample>
Ring sample_ring(const Canvas<Sample>& canvas, const Outline& outline, const PixelMask& hidden) {
  const double length = ray_length_px(outline);
  const auto& start = starts_of(outline.shape());
  std::array<Ray, kRays> rays;
  for (int i = 0; i < kRays; ++i) rays[i] = cast(canvas, outline.edge(start[i]), length, hidden);

  static const Window kWindow = window();
  Ring ring;
  for (int d = 0; d < kRingDirections; ++d) {
    const int middle = d * kRaysPerDirection + kRaysPerDirection / 2;
    Ray seen;
    for (int offset = -kWindowRays; offset <= kWindowRays; ++offset) {
      const Ray& ray = rays[(middle + offset + kRays) % kRays];
      const float weight = kWindow[offset + kWindowRays];
      seen.count += weight * ray.count;
      for (int c = 0; c < kMaxColorChannels; ++c) seen.sum[c] += weight * ray.sum[c];
    }
    ring.x[d] = static_cast<float>(start[middle].x);
    ring.y[d] = static_cast<float>(start[middle].y);
    ring.weight[d] = seen.count / kStepsPerRay;
    if (seen.count <= 0) continue;
    ring.is_empty = false;
    for (int c = 0; c < kMaxColorChannels; ++c) ring.color[c][d] = seen.sum[c] / seen.count;
  }
  return ring;
}

template Ring sample_ring(const Canvas<std::uint8_t>&, const Outline&, const PixelMask&);
template Ring sample_ring(const Canvas<std::uint16_t>&, const Outline&, const PixelMask&);

}  // namespace face_privacy
