#include "redact/ring.h"

#include <cmath>

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

struct Ray {
  std::array<double, kMaxColorChannels> sum{};
  int count = 0;
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
    const double x = std::floor(edge.at.x + distance * edge.outwards.x);
    const double y = std::floor(edge.at.y + distance * edge.outwards.y);
    const Rect& area = canvas.area;
    if (!(x >= area.x && x < area.right() && y >= area.y && y < area.bottom())) continue;
    const int pixel_x = static_cast<int>(x);
    const int pixel_y = static_cast<int>(y);
    if (hidden.contains(pixel_x, pixel_y)) continue;
    const Sample* pixel = canvas.at(pixel_x, pixel_y);
    for (int c = 0; c < canvas.color_channels(); ++c) ray.sum[c] += pixel[c];
    ++ray.count;
  }
  return ray;
}

std::array<double, kWindowRays + 1> window() {
  std::array<double, kWindowRays + 1> weights{};
  for (int i = 0; i <= kWindowRays; ++i) {
    weights[i] = std::exp(-i * i / (2 * kWindowSigmaRays * kWindowSigmaRays));
  }
  return weights;
}

}  // namespace

double ring_reach_px(const Outline& outline) { return kGapPx + ray_length_px(outline) + 1; }

template <class Sample>
Ring look_around(const Canvas<Sample>& canvas, const Outline& outline, const PixelMask& hidden) {
  const double length = ray_length_px(outline);
  std::array<Ray, kRays> rays;
  for (int i = 0; i < kRays; ++i) {
    rays[i] = cast(canvas, outline.edge((i + 0.5) / kRays), length, hidden);
  }

  static const auto weights = window();
  Ring ring;
  for (int d = 0; d < kRingDirections; ++d) {
    const int middle = d * kRaysPerDirection + kRaysPerDirection / 2;
    double seen = 0;
    double possible = 0;
    std::array<double, kMaxColorChannels> sum{};
    for (int offset = -kWindowRays; offset <= kWindowRays; ++offset) {
      const Ray& ray = rays[(middle + offset + kRays) % kRays];
      const double weight = weights[std::abs(offset)];
      seen += weight * ray.count;
      possible += weight * kStepsPerRay;
      for (int c = 0; c < kMaxColorChannels; ++c) sum[c] += weight * ray.sum[c];
    }
    const Outline::EdgePoint edge = outline.edge((middle + 0.5) / kRays);
    ring.x[d] = static_cast<float>(edge.unit.x);
    ring.y[d] = static_cast<float>(edge.unit.y);
    ring.weight[d] = static_cast<float>(seen / possible);
    if (seen <= 0) continue;
    ring.is_empty = false;
    for (int c = 0; c < kMaxColorChannels; ++c) ring.color[c][d] = static_cast<float>(sum[c] / seen);
  }
  return ring;
}

template Ring look_around(const Canvas<std::uint8_t>&, const Outline&, const PixelMask&);
template Ring look_around(const Canvas<std::uint16_t>&, const Outline&, const PixelMask&);

}  // namespace face_privacy
