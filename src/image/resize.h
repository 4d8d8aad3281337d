#pragma once

#include "image/image.h"

namespace face_privacy {

// A view of any layout as 8-bit RGB of `target` size, each output pixel the area mean of the input
// pixels under it (a triangle filter where the picture grows). Alpha is ignored: what is under it
// is part of the file. Gray is repeated, CMYK multiplied out, of 16 bits the upper 8 count.
Image resize_to_rgb8(const ImageView& source, Size target);

}  // namespace face_privacy
