#include "codec/jpeg/in_place/surface_coder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/simd.h"

namespace face_privacy::jpeg {
namespace {

constexpr int kCellPx = SplineSurface::kCellPx;
constexpr std::size_t kOrder = SplineSurface::kOrder;

// The DCT of a block whose samples are all 128.
constexpr float kMiddleDc = 8 * 128;

using Dct = std::array<std::array<float, 8>, 8>;  // by sample, then by frequency

Dct make_dct() {
  Dct dct;
  for (int sample = 0; sample < 8; ++sample) {
    for (int frequency = 0; frequency < 8; ++frequency) {
      const double scale = frequency == 0 ? std::numbers::sqrt2 / 4 : 0.5;
      dct[sample][frequency] =
          static_cast<float>(scale * std::cos((2 * sample + 1) * frequency * std::numbers::pi / 16));
    }
  }
  return dct;
}

FACE_PRIVACY_INLINE bool is_any(const Int8& answers) {
  std::array<std::uint64_t, 4> pairs;
  std::memcpy(pairs.data(), &answers, sizeof answers);
  return (pairs[0] | pairs[1] | pairs[2] | pairs[3]) != 0;
}

// to += weight * from, eight numbers each
FACE_PRIVACY_INLINE void add_scaled(float weight, const float* from, float* to) {
  *reinterpret_cast<Float8Anywhere*>(to) += eight(from) * weight;
}

template <std::size_t kKnots>
FACE_PRIVACY_INLINE void sum_rows(const KnotRows& knots, const Splines& down, int rows,
                                  const Quantizer& quantizer, Block& block) {
  Float8 across[kKnots];
  for (std::size_t i = 0; i < kKnots; ++i) {
    across[i] = eight(knots.first + i * knots.stride);
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    Float8 sum = across[0] * down.coefficients[0][row];
    for (std::size_t i = 1; i < kKnots; ++i) sum += across[i] * down.coefficients[i][row];
    if (row == 0) sum[0] -= kMiddleDc;
    put_row(sum, quantizer, row, block);
  }
  const std::size_t made = std::size_t{8} * static_cast<std::size_t>(rows);
  std::memset(block + made, 0, sizeof(std::int16_t) * (64 - made));
}

FACE_PRIVACY_INLINE void sum_any(const KnotRows& knots, const Splines& down, int rows,
                                 const Quantizer& quantizer, Block& block) {
  knots.count == 5 ? sum_rows<5>(knots, down, rows, quantizer, block)
                   : sum_rows<6>(knots, down, rows, quantizer, block);
}

FACE_PRIVACY_AVX2 void sum_avx2(const KnotRows& knots, const Splines& down, int rows,
                                const Quantizer& quantizer, Block& block) {
  sum_any(knots, down, rows, quantizer, block);
}

// By how much rows of knots differ from the first, at the most in any of `cells` columns.
FACE_PRIVACY_INLINE void spread(const KnotRows& knots, std::size_t cells,
                                std::array<std::array<float, 8>, kMostKnots>& most) {
  for (std::size_t i = 1; i < knots.count; ++i) {
    Float8 largest{};
    Float8 least{};
    for (std::size_t n = 0; n < 8 * cells; n += 8) {
      const Float8 difference = eight(knots.first + i * knots.stride + n) - eight(knots.first + n);
      largest = difference > largest ? difference : largest;
      least = difference < least ? difference : least;
    }
    const Float8 either = largest > -least ? largest : -least;
    std::memcpy(most[i].data(), &either, sizeof either);
  }
}

FACE_PRIVACY_AVX2 void spread_avx2(const KnotRows& knots, std::size_t cells,
                                   std::array<std::array<float, 8>, kMostKnots>& most) {
  spread(knots, cells, most);
}

// Knots of one row as coefficients across, in each column of cells.
FACE_PRIVACY_INLINE void transform(const float* knots, std::size_t count, std::span<const Splines> columns,
                                   float* to) {
  for (const Splines& column : columns) {
    Float8 sum{};
    for (std::size_t i = 0; i < std::min(kMostKnots, count - column.first); ++i) {
      sum += eight(column.coefficients[i].data()) * knots[column.first + i];
    }
    std::memcpy(to, &sum, sizeof sum);
    to += 8;
  }
}

FACE_PRIVACY_AVX2 void transform_avx2(const float* knots, std::size_t count, std::span<const Splines> columns,
                                      float* to) {
  transform(knots, count, columns, to);
}

}  // namespace

SurfaceBlocks::SurfaceBlocks(const SplineSurface& surface, std::span<const Quantizer> quantizers)
    : surface_(surface), quantizers_(quantizers), knots_of_cell_(surface.knot_px < 7 ? 6 : 5) {
  Rect cells;
  for (const auto& run : surface.cells) cells = unite(cells, {run.begin, run.row, run.end - run.begin, 1});
  first_column_ = cells.x;
  first_row_ = cells.y;
  for (int x = cells.x; x < cells.right(); ++x) {
    columns_.push_back(splines_of(kCellPx * x - surface.area.x, surface.knot_px));
  }
  for (int y = cells.y; y < cells.bottom(); ++y) {
    rows_.push_back(splines_of(kCellPx * y - surface.area.y, surface.knot_px));
  }
  for (std::size_t channel = 0; channel < quantizers.size(); ++channel) {
    transform_across(channel);
    rows_needed_[channel].resize(rows_.size());
    for (const auto& run : surface.cells) {
      std::uint8_t& needed = rows_needed_[channel][static_cast<std::size_t>(run.row - first_row_)];
      needed = std::max(needed, static_cast<std::uint8_t>(rows_needed(run, channel)));
    }
  }
}

Splines SurfaceBlocks::splines_of(int first_px, int knot_px) {
  static const Dct kDct = make_dct();
  Splines splines;
  splines.first = static_cast<std::size_t>(first_px / knot_px);
  for (int sample = 0; sample < 8; ++sample) {
    const int px = first_px + sample;
    const auto weights = spline_weights(static_cast<float>(px % knot_px) / static_cast<float>(knot_px));
    const std::size_t knot = static_cast<std::size_t>(px / knot_px) - splines.first;
    for (std::size_t i = 0; i < kOrder; ++i) {
      add_scaled(weights[i], kDct[static_cast<std::size_t>(sample)].data(),
                 splines.coefficients[knot + i].data());
    }
  }
  return splines;
}

// With rows of zeros at the end, which cells may ask for that depend on fewer knots than others.
void SurfaceBlocks::transform_across(std::size_t channel) {
  const auto knots_x = static_cast<std::size_t>(surface_.knots_x);
  const auto knots_y = static_cast<std::size_t>(surface_.knots_y);
  across_[channel].resize(8 * (knots_y + kMostKnots - kOrder) * columns_.size());
  for (std::size_t row = 0; row < knots_y; ++row) {
    const float* const knots = surface_.knots[channel].data() + row * knots_x;
    float* const to = across_[channel].data() + 8 * row * columns_.size();
    has_avx2() ? transform_avx2(knots, knots_x, columns_, to) : transform(knots, knots_x, columns_, to);
  }
}

// A row's coefficients are sums over knots of what each row of knots has across, with factors that sum up
// to 0 but for the first row: only the differences between the rows of knots count.
int SurfaceBlocks::rows_needed(const SplineSurface::CellRun& run, std::size_t channel) const {
  constexpr float kLeast = 0.49F;  // of a quantizer's step; less is rounded to 0
  const auto row_of_cells = static_cast<std::size_t>(run.row - first_row_);
  const Splines& down = rows_[row_of_cells];
  const KnotRows knots = knots_of(channel, row_of_cells, run.begin);
  const auto cells = static_cast<std::size_t>(run.end - run.begin);
  std::array<std::array<float, 8>, kMostKnots> most{};
  has_avx2() ? spread_avx2(knots, cells, most) : spread(knots, cells, most);
  for (std::size_t row = 7; row > 0; --row) {
    Float8 bound{};
    for (std::size_t i = 1; i < knots.count; ++i) {
      bound += eight(most[i].data()) * std::abs(down.coefficients[i][row]);
    }
    if (is_any(bound * row_of(quantizers_[channel].per_step, row) > kLeast)) return static_cast<int>(row) + 1;
  }
  return 1;
}

void SurfaceBlocks::encode(int column, int row, std::size_t channel, Block& block) const {
  const auto y = static_cast<std::size_t>(row - first_row_);
  const KnotRows knots = knots_of(channel, y, column);
  const int rows = rows_needed_[channel][y];
  has_avx2() ? sum_avx2(knots, rows_[y], rows, quantizers_[channel], block)
             : sum_any(knots, rows_[y], rows, quantizers_[channel], block);
}

SurfaceCoder::SurfaceCoder(std::span<const SplineSurface> surfaces, std::span<const Quantizer> quantizers) {
  surfaces_.reserve(surfaces.size());
  for (const SplineSurface& surface : surfaces) {
    surfaces_.emplace_back(surface, quantizers);
    for (const auto& run : surface.cells)
      cells_ = unite(cells_, {run.begin, run.row, run.end - run.begin, 1});
  }
  numbers_.resize(static_cast<std::size_t>(cells_.width) * static_cast<std::size_t>(cells_.height));
  for (std::size_t i = 0; i < surfaces.size(); ++i) {
    for (const auto& run : surfaces[i].cells) {
      const auto row =
          numbers_.begin() + static_cast<std::ptrdiff_t>(run.row - cells_.y) * cells_.width - cells_.x;
      std::fill(row + run.begin, row + run.end, static_cast<std::uint32_t>(i + 1));
    }
  }
}

}  // namespace face_privacy::jpeg
