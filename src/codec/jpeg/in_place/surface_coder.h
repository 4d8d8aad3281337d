// Blocks of cells that show a smooth surface, straight from its knots.
//
// A surface is a sum of knots, each times a spline across and a spline down, and so is its DCT: the splines'
// own are computed once for each column and row of cells, and a block is their sum. It is what the DCT
// would make of the surface's samples, were these not rounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "codec/jpeg/in_place/quantizer.h"
#include "codec/jpeg/scan/block.h"
#include "image/spline_surface.h"

namespace face_privacy::jpeg {

inline constexpr std::size_t kMostKnots = 6;  // that a cell depends on, across or down

// In a column or row of cells, the splines of the knots from `first` on as the coefficients of their DCT.
struct Splines {
  std::size_t first = 0;
  std::array<std::array<float, 8>, kMostKnots> coefficients{};
};

// Of a column of cells, the coefficients across of some rows of knots.
struct KnotRows {
  const float* first;
  std::size_t stride;  // from one to the next
  std::size_t count;   // 5 or 6
};

// The cells of one surface, by channel of its plane.
class SurfaceBlocks {
 public:
  // `quantizers`: one a channel. They and the surface must outlive it.
  SurfaceBlocks(const SplineSurface& surface, std::span<const Quantizer> quantizers);

  // Of a cell that shows the surface.
  void encode(int column, int row, std::size_t channel, Block& block) const;

 private:
  static Splines splines_of(int first_px, int knot_px);

  void transform_across(std::size_t channel);
  int rows_needed(const SplineSurface::CellRun& run, std::size_t channel) const;
  // Rows of knots that a cell of a row and column depends on.
  KnotRows knots_of(std::size_t channel, std::size_t row, int column) const {
    return {across_[channel].data() +
                8 * (rows_[row].first * columns_.size() + static_cast<std::size_t>(column - first_column_)),
            8 * columns_.size(), knots_of_cell_};
  }
  const SplineSurface& surface_;
  std::span<const Quantizer> quantizers_;
  std::size_t knots_of_cell_;
  int first_column_ = 0;
  int first_row_ = 0;
  std::vector<Splines> columns_;
  std::vector<Splines> rows_;
  std::array<std::vector<float>, SplineSurface::kMaxChannels> across_;  // by row of knots and column of cells
  // By row of cells: those of a block beyond it are zero in every cell.
  std::array<std::vector<std::uint8_t>, SplineSurface::kMaxChannels> rows_needed_;
};

// The surfaces of one patch.
class SurfaceCoder {
 public:
  SurfaceCoder(std::span<const SplineSurface> surfaces, std::span<const Quantizer> quantizers);

  // What a cell shows; null where that is in its pixels.
  const SurfaceBlocks* surface_at(int column, int row) const {
    const int x = column - cells_.x;
    const int y = row - cells_.y;
    if (x < 0 || y < 0 || x >= cells_.width || y >= cells_.height) return nullptr;
    const std::uint32_t number =
        numbers_[static_cast<std::size_t>(y) * static_cast<std::size_t>(cells_.width) +
                 static_cast<std::size_t>(x)];
    return number == 0 ? nullptr : &surfaces_[number - 1];
  }

 private:
  std::vector<SurfaceBlocks> surfaces_;
  Rect cells_;
  std::vector<std::uint32_t> numbers_;  // by cell, row by row: 0 for none, else 1 for the first surface
};

}  // namespace face_privacy::jpeg
