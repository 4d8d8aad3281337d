#pragma once

#include "base/bytes.h"

namespace face_privacy {

// The orientation, 1..8, that a block of EXIF says: a TIFF structure, with or without "Exif\0\0"
// before it. 1 where the block says none or is broken: viewers ignore broken EXIF too.
int exif_orientation(ByteView exif);

}  // namespace face_privacy
