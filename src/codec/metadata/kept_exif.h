// EXIF as it may stay with a redacted photo: written anew from the tags of a list, so that nothing else of
// the old block gets through: no thumbnail, no maker's notes, no serial number, no owner, no padding.
#pragma once

#include "base/bytes.h"
#include "image/geometry.h"

namespace face_privacy {

// A TIFF structure without "Exif\0\0" before it; empty where nothing of the list is there. `written` is the
// size of the picture as it is stored and `orientation`, 1..8, how that is to be turned; the block then
// states both. At most 60,000 bytes.
Bytes kept_exif(ByteView exif, Size written, int orientation = 1);

}  // namespace face_privacy
