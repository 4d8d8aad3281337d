// Where a head is worth computing, as its gate says (LayerSpec::gate).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"

namespace face_privacy::int8 {

// Cells first <= x < end of a row.
struct CellSpan {
  int first;
  int end;
};

class OpenCells {
 public:
  // None is open.
  explicit OpenCells(Size cells);

  // Opens those cells of row `y` where sum(weight * byte) + offset is more than 0. `rows`: the pixels above,
  // at and below, from the left neighbor of the first cell on; `weights`: [row][column][channel].
  void open_row(int y, const std::array<const std::uint8_t*, 3>& rows, std::span<const std::int16_t> weights,
                std::int32_t offset);

  // With all cells that are no farther than `reach` across and down from an open one.
  OpenCells grown(int reach) const;

  // By row, from left to right. Closed cells between two are among them where they are so few that going on
  // is cheaper than beginning again.
  std::vector<std::vector<CellSpan>> spans() const;

 private:
  std::uint8_t* row(int y) { return open_.data() + static_cast<std::ptrdiff_t>(y) * cells_.width; }
  const std::uint8_t* row(int y) const {
    return open_.data() + static_cast<std::ptrdiff_t>(y) * cells_.width;
  }

  Size cells_;
  std::vector<std::uint8_t> open_;  // row by row, 1 or 0
};

}  // namespace face_privacy::int8
