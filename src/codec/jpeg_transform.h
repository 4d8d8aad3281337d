// libjpeg between coefficients and pixels, without its entropy coding: the blocks of each MCU come
// from, or go to, whoever asks. Pixels are the same as libjpeg's own for a file of these blocks.
#pragma once

#include <cstdint>
#include <optional>

#include "codec/jpeg_layout.h"
#include "image/image.h"

namespace face_privacy::jpeg {

// 64 quantised coefficients, row by row.
using Block = std::int16_t[64];

class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // The blocks of the next MCU, in the order of a scan; false if there are none to be had.
  virtual bool next_mcu(Block* blocks) noexcept = 0;
};

class BlockSink {
 public:
  virtual ~BlockSink() = default;
  // False if it can take no more.
  virtual bool next_mcu(const Block* blocks) noexcept = 0;
};

// The pixels `wanted` of a picture that is as `layout` says. Nothing if the source ended early.
std::optional<Image> pixels_from_blocks(const Layout& layout, const Rect& wanted, BlockSource& source);

// The MCUs of a picture of the view's size with the components and quantisers of `layout`, in the
// order of a scan. False if the sink did not take them all.
bool blocks_from_pixels(const ImageView& pixels, const Layout& layout, BlockSink& sink);

}  // namespace face_privacy::jpeg
