#pragma once

#include "base/bytes.h"
#include "image/photo.h"

namespace face_privacy {

// A GIF of `pixels`, which are RGB or RGBA, 8 bit, the frames of `photo` stacked. Delays, loop count
// and the source's colors are `photo`'s. Each frame has its own table of colors: pixels stay
// exactly as they are wherever a table of 256 can do it, and where a redaction brought in more
// colors it is the new ones that are rounded. Alpha below one half becomes transparent. Sides are
// at most 65,535.
Bytes write_gif(const ImageView& pixels, const Photo& photo);

}  // namespace face_privacy
