// Pixels in the layout that a format can hold.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "image/photo.h"

namespace face_privacy {

// A photo's pixels as they are to be written: the photo's own where they fit, else converted ones.
// Lives no longer than the photo.
struct Writable {
  ImageView pixels;
  Bytes icc_profile;                      // what still describes the pixels
  std::optional<ColorCodes> color_codes;  // the same
  Image converted;                        // behind `pixels` unless they are the photo's own
};

// What `format` can hold of `photo`: 16 bits become 8, alpha goes onto white, CMYK and a gray profile
// become sRGB where needed. kUnsupportedPhoto where nothing sensible is left, as of HDR in a format
// that cannot say so.
Result<Writable> make_writable(const Photo& photo, Format format);

}  // namespace face_privacy
