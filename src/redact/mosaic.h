// At most 6 x 6 averaged cells, each with noise that nobody can subtract: it comes from the kernel's
// random source and is forgotten at once, or from a secret key (RedactOptions::noise_key).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "redact/cover_memory.h"
#include "redact/patch_rows.h"
#include "redact/pixel_mask.h"

namespace face_privacy {

// Of 255, each way: noise on the brightness of a cell and of all cells of a face, which brings
// re-identification near to chance (docs/privacy.md); and, on top, on each channel by
// itself, so that no difference of channels is free of noise.
inline constexpr int kCellNoise = 48;
inline constexpr int kCellChannelNoise = 24;
inline constexpr int kFaceNoise = 32;
inline constexpr int kFaceChannelNoise = 16;

// One grid for a whole cluster of touching regions: two grids over the same pixels would tell more
// than one.
template <class Sample>
class Mosaic {
 public:
  // `picture`: all of it. Adds the members' cores to `cores`. Noise is fresh, or drawn from `noise_key`.
  // Throws std::system_error if there is no randomness to be had.
  Mosaic(const Canvas<Sample>& canvas, Size picture, std::span<const Outline> outlines,
         std::span<const int> members, int cells, const std::optional<NoiseKey>& noise_key, PixelMask& cores);

  // Cells that were drawn before, over another place.
  Mosaic(const Rect& area, const MosaicCells& cells);
  MosaicCells cells() const;

  const Rect& area() const { return area_; }
  const PixelColor<Sample>& color_at(int x, int y) const { return colors_[cell_index(x, y)]; }
  // The first pixel of the next column, and of the next row.
  int column_end(int x) const;
  int row_end(int y) const;

 private:
  std::size_t cell_index(int x, int y) const;

  Rect area_;
  int columns_ = 1;
  int rows_ = 1;
  std::vector<PixelColor<Sample>> colors_;
};

template <class Sample>
class MosaicRows final : public PatchRows<Sample> {
 public:
  MosaicRows(const PixelLayout& layout, const Mosaic<Sample>& mosaic)
      : layout_(layout), mosaic_(mosaic), row_end_(mosaic.area().y) {}
  void write(int y, Span span, Sample* pixels) override;

 private:
  PixelLayout layout_;
  const Mosaic<Sample>& mosaic_;
  std::vector<Sample> row_;  // of cells, as wide as the mosaic
  int row_end_;
};

}  // namespace face_privacy
