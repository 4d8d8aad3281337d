#include "codec/jpeg/scan/lossless_turn.h"

#include <stdexcept>
#include <utility>

#include "codec/shared/orientation.h"

namespace face_privacy::jpeg {
bool can_turn(const Layout& stored) {
  const Size mcu = stored.mcu_size();
  return (!mirrors_stored_x(stored.orientation) || stored.size.width % mcu.width == 0) &&
         (!mirrors_stored_y(stored.orientation) || stored.size.height % mcu.height == 0);
}

Layout upright_layout(const Layout& stored) {
  Layout upright = stored;
  upright.orientation = 1;
  if (!swaps_sides(stored.orientation)) return upright;
  std::swap(upright.size.width, upright.size.height);
  for (Component& component : upright.components)
    std::swap(component.horizontal_sampling, component.vertical_sampling);
  for (std::size_t slot = 0; slot < upright.quant.size(); ++slot) {
    for (std::size_t n = 0; n < 64; ++n) {
      const std::size_t place = kNaturalOrder[n];
      upright.quant[slot].zigzag[n] = stored.quant[slot].zigzag[kZigzagOrder[place % 8 * 8 + place / 8]];
    }
  }
  return upright;
}

Rect stored_rect(const Rect& upright, int orientation, Size stored) {
  Rect rect = upright;
  if (swaps_sides(orientation)) rect = {upright.y, upright.x, upright.height, upright.width};
  if (mirrors_stored_x(orientation)) rect.x = stored.width - rect.right();
  if (mirrors_stored_y(orientation)) rect.y = stored.height - rect.bottom();
  return rect;
}

TurnedScan::TurnedScan(const Scan& scan, const Layout& stored)
    : scan_(scan), stored_(stored), read_mcu_(mcu_reader()), plan_(plan_of(stored, scan.tables())) {
  plan_.base = scan.data();
  plan_.rare = &ignored_;
  const int orientation = stored.orientation;
  const Layout upright = upright_layout(stored);
  upright_mcus_across_ = static_cast<std::size_t>(upright.mcu_grid().width);
  int first = 0;
  for (int c = 0, b = 0; c < stored.component_count; ++c) {
    const Component& to = upright.components[c];
    const Component& from = stored.components[c];
    for (int i = 0; i < to.blocks_per_mcu(); ++i, ++b) {
      const Rect place = stored_rect({i % to.horizontal_sampling, i / to.horizontal_sampling, 1, 1},
                                     orientation, {from.horizontal_sampling, from.vertical_sampling});
      component_[b] = c;
      stored_block_[b] = first + place.y * from.horizontal_sampling + place.x;
    }
    first += from.blocks_per_mcu();
  }
  for (std::size_t n = 0; n < 64; ++n) {
    const std::size_t x = kNaturalOrder[n] % 8;
    const std::size_t y = kNaturalOrder[n] / 8;
    order_[n] = kZigzagOrder[swaps_sides(orientation) ? x * 8 + y : y * 8 + x];
    // Mirrored cosines of an odd number of half waves are their own negatives.
    const bool negative =
        (mirrors_stored_x(orientation) && x % 2 == 1) != (mirrors_stored_y(orientation) && y % 2 == 1);
    sign_[order_[n]] = negative ? -1 : 1;
  }
  plan_.order = order_.data();
}

void TurnedScan::read(std::size_t upright_mcu) {
  const Rect upright{static_cast<int>(upright_mcu % upright_mcus_across_),
                     static_cast<int>(upright_mcu / upright_mcus_across_), 1, 1};
  const Size grid = stored_.mcu_grid();
  const Rect stored = stored_rect(upright, stored_.orientation, grid);
  const std::size_t mcu = static_cast<std::size_t>(stored.y) * static_cast<std::size_t>(grid.width) +
                          static_cast<std::size_t>(stored.x);
  RowState state{BitReader::at(scan_.data(), scan_.begin_bit(mcu)), 0, {}};
  for (int c = 0; c < stored_.component_count; ++c) state.dc[c] = scan_.dc_before(mcu, c);
  if (!read_mcu_(plan_, state, blocks_)) throw std::logic_error("an MCU that the scan has read is none");
  for (int b = 0; b < plan_.block_count; ++b) {
    for (std::size_t n = 0; n < 64; ++n) blocks_[b][n] = static_cast<std::int16_t>(blocks_[b][n] * sign_[n]);
  }
}

}  // namespace face_privacy::jpeg
