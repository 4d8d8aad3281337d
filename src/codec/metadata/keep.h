// What of a photo's metadata stays with its redacted copy, where that is asked for.
#pragma once

#include "base/bytes.h"
#include "codec/metadata/metadata.h"

namespace face_privacy {

enum class Metadata : std::uint8_t {
  kStrip,  // nothing stays
  kKeep,   // EXIF and XMP's panorama, by lists of tags; never a picture
};

// `file`, a redacted photo, with that of `metadata` which may stay: of GIF, which has no EXIF, XMP alone.
// `written` is the photo's size, upright.
Bytes with_kept_metadata(Bytes file, Format format, Size written, const CarriedMetadata& metadata);

}  // namespace face_privacy
