#pragma once

#include "base/bytes.h"

namespace face_privacy {

inline constexpr int kMaxGifCodeBits = 12;  // GIF89a, appendix F

// GIF's LZW (GIF89a, appendix F): the codes of `indices`, all below 2^root_bits, packed into
// sub-blocks with the empty one at the end. `root_bits` is 2..8.
void append_lzw_blocks(ByteView indices, int root_bits, Bytes& file);

}  // namespace face_privacy
