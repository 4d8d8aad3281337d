// What the coded pictures of an AVIF or HEIC file say of their own size. The decoders take memory for
// that, whatever the container says, and libheif 1.15 has no limit below 2^30 pixels for it.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace face_privacy {

struct CodedSize {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
};

// Of every AV1 sequence header and HEVC sequence parameter set that is found in the file's items and
// their configurations. Broken parts are passed over: the decoder stops at them.
std::vector<CodedSize> heif_coded_sizes(ByteView file);

// False where items are derived from others in any way but as a grid of coded pictures, each used
// once: overlays and identities, grids of grids, references in a circle. Cameras write none of these;
// libheif 1.15 reads beyond its planes for some, and recurses without end for others.
bool has_only_plain_heif_items(ByteView file);

}  // namespace face_privacy
