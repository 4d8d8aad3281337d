// What a JPEG file says around its pixels: the marker segments before the first scan.
#pragma once

#include "base/bytes.h"

namespace face_privacy {

struct JpegMetadata {
  int orientation = 1;  // EXIF, 1..8
  Bytes icc_profile;    // assembled from its segments, not yet judged; empty: none, or incomplete
};

// Never fails: what cannot be understood is left out, and the decoder judges the rest.
JpegMetadata read_jpeg_metadata(ByteView file);

// Appends `profile` as APP2 segments; nothing if it is empty. At most 255 segments of 65,519 bytes.
void append_icc_segments(ByteView profile, Bytes& file);

}  // namespace face_privacy
