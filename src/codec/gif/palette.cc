#include "codec/gif/palette.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>

namespace face_privacy {
namespace {

using Colors = std::span<CountedColor>;

int channel_of(std::uint32_t color, int channel) { return static_cast<int>(color >> (8 * channel) & 0xFF); }

struct Spread {
  int channel = 0;
  int range = -1;
};

Spread widest_channel(Colors colors) {
  Spread widest;
  for (int channel = 0; channel < 3; ++channel) {
    int low = 255;
    int high = 0;
    for (const CountedColor& counted : colors) {
      low = std::min(low, channel_of(counted.color, channel));
      high = std::max(high, channel_of(counted.color, channel));
    }
    if (high - low > widest.range) widest = {channel, high - low};
  }
  return widest;
}

std::uint32_t mean_color(Colors colors) {
  std::uint64_t total = 0;
  std::array<std::uint64_t, 3> sums{};
  for (const CountedColor& counted : colors) {
    total += counted.count;
    for (int channel = 0; channel < 3; ++channel) {
      sums[static_cast<std::size_t>(channel)] +=
          std::uint64_t{counted.count} * static_cast<std::uint64_t>(channel_of(counted.color, channel));
    }
  }
  std::uint32_t color = 0;
  for (int channel = 2; channel >= 0; --channel) {
    const std::uint64_t sum = sums[static_cast<std::size_t>(channel)];
    color = color << 8 | static_cast<std::uint32_t>((sum + total / 2) / total);
  }
  return color;
}

// Where the box falls into two of about equally many pixels, both with a color in them.
std::size_t middle_of(Colors colors) {
  std::uint64_t total = 0;
  for (const CountedColor& counted : colors) total += counted.count;
  std::uint64_t before = 0;
  for (std::size_t i = 0; i + 1 < colors.size(); ++i) {
    before += colors[i].count;
    if (before * 2 >= total) return i + 1;
  }
  return colors.size() - 1;
}

// Median cut: the box that spreads widest is divided until there are enough boxes.
std::vector<std::uint32_t> median_cut(Colors colors, std::size_t max_count) {
  struct Box {
    Colors colors;
    Spread spread;
  };
  std::vector<Box> boxes;
  if (!colors.empty() && max_count > 0) boxes.push_back({colors, widest_channel(colors)});
  while (!boxes.empty() && boxes.size() < max_count) {
    const auto widest = std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) {
      return a.spread.range < b.spread.range;
    });
    if (widest->spread.range <= 0) break;
    const int channel = widest->spread.channel;
    const Colors whole = widest->colors;
    std::sort(whole.begin(), whole.end(), [channel](const CountedColor& a, const CountedColor& b) {
      return channel_of(a.color, channel) < channel_of(b.color, channel);
    });
    const std::size_t middle = middle_of(whole);
    *widest = {whole.first(middle), widest_channel(whole.first(middle))};
    boxes.push_back({whole.subspan(middle), widest_channel(whole.subspan(middle))});
  }
  std::vector<std::uint32_t> palette;
  palette.reserve(boxes.size());
  for (const Box& box : boxes) palette.push_back(mean_color(box.colors));
  return palette;
}

}  // namespace

std::vector<std::uint32_t> choose_palette(std::vector<CountedColor> colors,
                                          std::span<const std::uint32_t> kept, std::size_t max_count) {
  assert(max_count >= 1);
  std::vector<std::uint32_t> palette;
  if (colors.size() <= max_count) {
    for (const CountedColor& counted : colors) palette.push_back(counted.color);
    return palette;
  }
  const auto others = std::partition(colors.begin(), colors.end(), [&](const CountedColor& counted) {
    return std::binary_search(kept.begin(), kept.end(), counted.color);
  });
  std::sort(colors.begin(), others,
            [](const CountedColor& a, const CountedColor& b) { return a.count > b.count; });
  for (auto it = colors.begin(); it != others && palette.size() < max_count; ++it) {
    palette.push_back(it->color);
  }
  const auto rest = median_cut(Colors(others, colors.end()), max_count - palette.size());
  palette.insert(palette.end(), rest.begin(), rest.end());
  return palette;
}

std::size_t nearest_color(std::span<const std::uint32_t> palette, std::uint32_t color) {
  std::size_t best = 0;
  int best_distance = std::numeric_limits<int>::max();
  for (std::size_t i = 0; i < palette.size(); ++i) {
    int distance = 0;
    for (int channel = 0; channel < 3; ++channel) {
      const int difference = channel_of(palette[i], channel) - channel_of(color, channel);
      distance += difference * difference;
    }
    if (distance < best_distance) {
      best_distance = distance;
      best = i;
    }
  }
  return best;
}

}  // namespace face_privacy
