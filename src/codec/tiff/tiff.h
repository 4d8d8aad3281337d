// TIFF: its directories are checked here, its pixels are read and written by libvips.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "image/photo.h"

namespace face_privacy {

Result<PhotoHeader> read_tiff_header(ByteView file, const Limits& limits);
Result<Photo> decode_tiff(ByteView file, const Limits& limits);

}  // namespace face_privacy
