// AVIF and HEIC by libheif itself: libvips drops the code points that name the colors of a file
// without a profile, which HDR and many phones' pictures are.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "codec/vips/convert.h"
#include "image/photo.h"

namespace face_privacy {

// Loads libheif; other functions here do it where nobody has. Throws as OnDemandLibrary::load.
void start_heif();

Result<PhotoHeader> read_heif_header(Format format, ByteView file, const Limits& limits);
Result<Photo> decode_heif(Format format, ByteView file, const Limits& limits);

// Gray without alpha, RGB or RGBA; 8 or 16 bit, of which `bit_depth` (8 or 12) are written.
Bytes encode_avif(const Writable& writable, int bit_depth, std::optional<int> quality);

}  // namespace face_privacy
