#include "redact/cluster.h"

#include "base/union_find.h"

namespace face_privacy {
namespace {

constexpr int kMeanStep = 8;  // of 255: 33 levels a channel

bool share_a_pixel(const Outline& a, const Outline& b, Size picture) {
  const Rect both = intersect(intersect(a.bounds(), b.bounds()), {0, 0, picture.width, picture.height});
  if (both.empty()) return false;
  for (int y = both.y; y < both.bottom(); ++y) {
    const Span shared = intersect(a.full_row(y), b.full_row(y));
    if (!intersect(shared, {0, picture.width}).empty()) return true;
  }
  return false;
}

}  // namespace

std::vector<std::vector<int>> touching(std::span<const Outline> outlines, Size picture) {
  std::vector<int> by_top;
  std::vector<Rect> bounds;
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    bounds.push_back(outlines[i].bounds());
    if (outlines[i].is_valid()) by_top.push_back(static_cast<int>(i));
  }
  std::sort(by_top.begin(), by_top.end(), [&](int a, int b) { return bounds[a].y < bounds[b].y; });
  UnionFind groups(outlines.size());
  for (std::size_t i = 0; i < by_top.size(); ++i) {
    const int one = by_top[i];
    for (std::size_t j = i + 1; j < by_top.size() && bounds[by_top[j]].y < bounds[one].bottom(); ++j) {
      const int other = by_top[j];
      if (groups.root(one) != groups.root(other) && share_a_pixel(outlines[one], outlines[other], picture)) {
        groups.join(one, other);
      }
    }
  }
  std::sort(by_top.begin(), by_top.end());
  return groups.sets(by_top);
}

template <class Sample>
PixelColor<Sample> coarse_mean(const PixelSum& sum, int color_channels) {
  constexpr std::uint64_t kStep = kMeanStep * kSamplePerStep<Sample>;
  PixelColor<Sample> mean;
  mean.fill(static_cast<Sample>(128 * kSamplePerStep<Sample>));
  if (sum.count == 0) return mean;
  for (int c = 0; c < color_channels; ++c) {
    const std::uint64_t level = (2 * sum.channels[c] + sum.count * kStep) / (2 * sum.count * kStep);
    mean[c] = static_cast<Sample>(std::min<std::uint64_t>(level * kStep, kMaxSample<Sample>));
  }
  return mean;
}

template PixelColor<std::uint8_t> coarse_mean(const PixelSum&, int);
template PixelColor<std::uint16_t> coarse_mean(const PixelSum&, int);

}  // namespace face_privacy
