// Kept EXIF and XMP in a TIFF file, whose own directory is where they belong.
#pragma once

#include "base/bytes.h"

namespace face_privacy {

// `file`, a classic TIFF that we wrote, with the tags of `exif` (a classic structure, of either byte order)
// and with the packet `xmp` in the directory of its first page; empty: none. What does not add up is returned
// as it is.
Bytes with_tiff_metadata(Bytes file, ByteView exif, ByteView xmp);

}  // namespace face_privacy
