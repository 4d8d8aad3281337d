// What XMP says of a panorama, as it may stay with a redacted photo.
#pragma once

#include "base/bytes.h"

namespace face_privacy {

// A packet of its own with the properties of Google's GPano schema that say how the picture lies on its
// sphere, each with a value of the shape that the schema gives it; empty where there are none.
Bytes kept_panorama(ByteView xmp);

}  // namespace face_privacy
