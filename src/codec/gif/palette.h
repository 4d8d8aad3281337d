// Choosing at most 256 colors for a picture that has more.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace face_privacy {

struct CountedColor {
  std::uint32_t color = 0;  // 0xRRGGBB
  std::uint32_t count = 0;
};

// At most `max_count` (>= 1) colors for `colors`, each of which occurs once. Those in `kept`
// (ascending) stay exactly as they are as long as there is room, the most frequent first; the
// others share the room that is left, or become the nearest of the chosen ones.
std::vector<std::uint32_t> choose_palette(std::vector<CountedColor> colors,
                                          std::span<const std::uint32_t> kept, std::size_t max_count);

// The index of the color of `palette` that is nearest to `color`.
std::size_t nearest_color(std::span<const std::uint32_t> palette, std::uint32_t color);

}  // namespace face_privacy
