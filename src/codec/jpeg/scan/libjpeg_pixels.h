// libjpeg from coefficients to pixels, without its entropy coding: the blocks of each MCU come from
// elsewhere. Pixels are the same as libjpeg's own for a file of these blocks.
#pragma once

#include <optional>

#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/frame_header.h"
#include "image/image.h"

namespace face_privacy::jpeg {

class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // The blocks of the next MCU, in the order of a scan; false if there are none to be had.
  virtual bool next_mcu(Block* blocks) noexcept = 0;
};

// The picture that is as `layout` says, gray or RGB. Nothing if the source ended early.
std::optional<Image> pixels_from_blocks(const Layout& layout, BlockSource& source);

}  // namespace face_privacy::jpeg
