#include "nn/int8/open_cells.h"

#include <algorithm>

#include "base/simd.h"

namespace face_privacy::int8 {
namespace {

constexpr int kFewCells = 4;

// Compilers know it as the dot product of 16-bit numbers that every processor has.
FACE_PRIVACY_INLINE std::int32_t dot(const std::uint8_t* bytes, const std::int16_t* weights,
                                     std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto byte = static_cast<std::int16_t>(bytes[i]);
    sum += static_cast<std::int32_t>(byte) * static_cast<std::int32_t>(weights[i]);
  }
  return sum;
}

// `weights`: three rows of `count`; a cell is `step` bytes from the next.
FACE_PRIVACY_INLINE void open_cells(const std::array<const std::uint8_t*, 3>& rows,
                                    const std::int16_t* weights, std::size_t count, std::size_t step,
                                    std::int32_t offset, std::span<std::uint8_t> cells) {
  for (std::size_t x = 0; x < cells.size(); ++x) {
    std::int32_t sum = offset;
    for (std::size_t r = 0; r < rows.size(); ++r) sum += dot(rows[r] + x * step, weights + r * count, count);
    cells[x] = sum > 0 ? 1 : 0;
  }
}

FACE_PRIVACY_AVX2 void open_cells_avx2(const std::array<const std::uint8_t*, 3>& rows,
                                       const std::int16_t* weights, std::size_t count, std::size_t step,
                                       std::int32_t offset, std::span<std::uint8_t> cells) {
  open_cells(rows, weights, count, step, offset, cells);
}

void open_where_either(const std::uint8_t* from, std::uint8_t* to, int count) {
  for (int x = 0; x < count; ++x) to[x] = static_cast<std::uint8_t>(to[x] | from[x]);
}

std::vector<CellSpan> spans_of(const std::uint8_t* row, int width) {
  std::vector<CellSpan> spans;
  for (int x = 0; x < width;) {
    x = static_cast<int>(std::find(row + x, row + width, 1) - row);
    if (x == width) break;
    const int end = static_cast<int>(std::find(row + x, row + width, 0) - row);
    if (!spans.empty() && x - spans.back().end < kFewCells) {
      spans.back().end = end;
    } else {
      spans.push_back({x, end});
    }
    x = end;
  }
  return spans;
}

}  // namespace

OpenCells::OpenCells(Size cells)
    : cells_(cells), open_(static_cast<std::size_t>(cells.width) * static_cast<std::size_t>(cells.height)) {}

void OpenCells::open_row(int y, const std::array<const std::uint8_t*, 3>& rows,
                         std::span<const std::int16_t> weights, std::int32_t offset) {
  const std::span<std::uint8_t> cells(row(y), static_cast<std::size_t>(cells_.width));
  const std::size_t count = weights.size() / rows.size();
  const std::size_t step = count / 3;
  has_avx2() ? open_cells_avx2(rows, weights.data(), count, step, offset, cells)
             : open_cells(rows, weights.data(), count, step, offset, cells);
}

OpenCells OpenCells::grown(int reach) const {
  OpenCells across = *this;
  for (int y = 0; y < cells_.height; ++y) {
    for (int step = 1; step <= std::min(reach, cells_.width - 1); ++step) {
      open_where_either(row(y), across.row(y) + step, cells_.width - step);
      open_where_either(row(y) + step, across.row(y), cells_.width - step);
    }
  }
  OpenCells all = across;
  for (int y = 0; y < cells_.height; ++y) {
    for (int from = std::max(0, y - reach); from <= std::min(cells_.height - 1, y + reach); ++from) {
      open_where_either(across.row(from), all.row(y), cells_.width);
    }
  }
  return all;
}

std::vector<std::vector<CellSpan>> OpenCells::spans() const {
  std::vector<std::vector<CellSpan>> spans;
  spans.reserve(static_cast<std::size_t>(cells_.height));
  for (int y = 0; y < cells_.height; ++y) spans.push_back(spans_of(row(y), cells_.width));
  return spans;
}

}  // namespace face_privacy::int8
