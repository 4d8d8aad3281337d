#pragma once

#include "image/image.h"

namespace face_privacy {

// RGB in place of 8-bit RGBA that is opaque everywhere, else the picture as it is. The frames of an
// animation use transparency to leave pixels as they were, which the composed picture does not need.
Image without_opaque_alpha(Image&& picture);

// Colors as they were before they were multiplied with the share that alpha gives them. Black where that
// is 0. Nothing happens to a picture without alpha.
void unpremultiply(const MutableImageView& pixels);

}  // namespace face_privacy
