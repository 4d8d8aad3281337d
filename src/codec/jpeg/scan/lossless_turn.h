// Turning a JPEG's picture upright without loss: its MCUs, and the blocks in them, change places, and
// each block is transposed or mirrored by moving coefficients and changing their signs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/jpeg/scan/block_store.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/scan_index.h"
#include "codec/jpeg/scan/symbols.h"
#include "image/geometry.h"

namespace face_privacy::jpeg {

// False where a side that changes its direction ends within an MCU: what pads that MCU would come to
// lie at the left or the top, where a file can have no padding.
bool can_turn(const Layout& stored);

// What the turned file's headers say.
Layout upright_layout(const Layout& stored);

// Where a rectangle of the upright picture lies in the stored one of size `stored`; the same for
// rectangles of MCUs in their grid.
Rect stored_rect(const Rect& upright, int orientation, Size stored);

// The MCUs of a scan as the upright picture has them. `scan` and `layout` must outlive it.
class TurnedScan {
 public:
  TurnedScan(const Scan& scan, const Layout& stored);

  // Calls visit(component, block) for each block of an MCU of the upright picture.
  template <class Visit>
  void for_each_block(std::size_t upright_mcu, const Visit& visit);

 private:
  void read(std::size_t upright_mcu);

  const Scan& scan_;
  const Layout& stored_;
  std::size_t upright_mcus_across_;
  ReadMcu read_mcu_;
  RareSymbolNotes ignored_;
  RowPlan plan_;
  std::array<int, kMaxBlocksPerMcu> component_{};     // by block of the upright MCU
  std::array<int, kMaxBlocksPerMcu> stored_block_{};  // the same: which one of the stored MCU
  std::array<std::uint8_t, 64> order_{};  // from zigzag places of a stored block to an upright one's
  alignas(32) std::array<std::int16_t, 64> sign_{};  // by zigzag place of the upright block
  alignas(32) Block blocks_[kMaxBlocksPerMcu];       // in zigzag order of the upright block
};

template <class Visit>
[[gnu::always_inline]] inline void TurnedScan::for_each_block(std::size_t upright_mcu, const Visit& visit) {
  read(upright_mcu);
  for (int b = 0; b < plan_.block_count; ++b) {
    const Block& block = blocks_[stored_block_[b]];
    visit(component_[b], ZigzagBlock{block[0], nonzero_mask(block) & ~std::uint64_t{1}, block});
  }
}

}  // namespace face_privacy::jpeg
