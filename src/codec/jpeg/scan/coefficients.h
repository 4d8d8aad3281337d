// Every quantized coefficient of a picture.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/entropy_bytes.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/symbols.h"

namespace face_privacy::jpeg {

// The blocks of a component that hold pixels, row by row; MCUs at the edge may have more.
struct BlockPlane {
  int across = 0;
  int down = 0;
  Block* blocks = nullptr;         // in zigzag order
  std::uint64_t* masks = nullptr;  // by block: bit n is set where the n-th AC value is not zero

  std::size_t count() const { return static_cast<std::size_t>(across) * static_cast<std::size_t>(down); }
};

class Coefficients {
 public:
  // All zeros: 136 bytes for each block of the layout, which must outlive it.
  explicit Coefficients(const Layout& layout);

  const BlockPlane& plane(int component) const { return planes_[component]; }

  // Calls visit(component, block) for each block of an MCU of one interleaved scan. Those that hold no pixels
  // are as libjpeg writes them: no AC values, and the DC value of the block before.
  template <class Visit>
  void for_each_block(std::size_t mcu, const Visit& visit) const;

 private:
  const Layout& layout_;
  PooledBytes bytes_;
  std::array<BlockPlane, kMaxComponents> planes_{};
};

template <class Visit>
[[gnu::always_inline]] inline void Coefficients::for_each_block(std::size_t mcu, const Visit& visit) const {
  const auto across = static_cast<std::size_t>(layout_.mcu_grid().width);
  const int mcu_x = static_cast<int>(mcu % across);
  const int mcu_y = static_cast<int>(mcu / across);
  for (int c = 0; c < layout_.component_count; ++c) {
    const Component& component = layout_.components[c];
    const BlockPlane& plane = planes_[c];
    int dc = 0;
    for (int i = 0; i < component.blocks_per_mcu(); ++i) {
      const int x = mcu_x * component.horizontal_sampling + i % component.horizontal_sampling;
      const int y = mcu_y * component.vertical_sampling + i / component.horizontal_sampling;
      if (x >= plane.across || y >= plane.down) {
        visit(c, ZigzagBlock{dc, 0, nullptr});
        continue;
      }
      const std::size_t at =
          static_cast<std::size_t>(y) * static_cast<std::size_t>(plane.across) + static_cast<std::size_t>(x);
      dc = plane.blocks[at][0];
      visit(c, ZigzagBlock{dc, plane.masks[at], plane.blocks[at]});
    }
  }
}

}  // namespace face_privacy::jpeg
