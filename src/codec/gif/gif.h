// GIF: checked here, its frames are composed by libvips, and written here with the source's colors.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "image/photo.h"

namespace face_privacy {

Result<PhotoHeader> read_gif_header(ByteView file, const Limits& limits);
Result<Photo> decode_gif(ByteView file, const Limits& limits);

}  // namespace face_privacy
