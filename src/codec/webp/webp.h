// WebP by libwebp itself: libvips has no way to keep the colors under full transparency, which a
// lossless picture must keep, and changes short frame delays.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "image/photo.h"

namespace face_privacy {

Result<PhotoHeader> read_webp_header(ByteView file, const Limits& limits);
Result<Photo> decode_webp(ByteView file, const Limits& limits);

// RGB or RGBA, 8 bit: the frames of `photo` stacked.
Result<Bytes> encode_webp(const ImageView& pixels, const Photo& photo, ByteView icc_profile,
                          std::optional<int> quality);

// `file`, a WebP, with these blocks; empty: none.
Bytes with_webp_metadata(const Bytes& file, ByteView exif, ByteView xmp);

}  // namespace face_privacy
