// PNG: its chunks are checked and sorted out here, its pixels are read and written by libvips.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "codec/vips/convert.h"
#include "image/photo.h"

namespace face_privacy {

Result<PhotoHeader> read_png_header(ByteView file, const Limits& limits);
Result<Photo> decode_png(ByteView file, const Limits& limits);

// Gray or RGB, 8 or 16 bit. The file has the chunks that make the picture, and nothing else.
Bytes encode_png(const Writable& writable, const SourceEncoding& source);

}  // namespace face_privacy
