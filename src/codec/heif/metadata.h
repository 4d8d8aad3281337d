// EXIF and XMP in an AVIF, as items beside its picture.
#pragma once

#include "base/bytes.h"

namespace face_privacy {

// `file`, an AVIF that we wrote, with these blocks; empty: none. `exif` is a TIFF structure. What cannot be
// read is returned as it is.
Bytes with_heif_metadata(Bytes file, ByteView exif, ByteView xmp);

}  // namespace face_privacy
