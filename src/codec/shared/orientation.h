// Turning pictures upright. Orientations are EXIF's: 1 is upright, 2 mirrored, 3 turned by 180
// degrees, 4 flipped, 5 transposed, 6 to be turned clockwise, 7 transverse, 8 counter-clockwise.
#pragma once

#include "image/image.h"

namespace face_privacy {

// Whether width and height change places.
constexpr bool swaps_sides(int orientation) { return orientation >= 5; }

// The way from upright to stored coordinates: sides change places, then each may be mirrored.
constexpr bool mirrors_stored_x(int orientation) {
  return orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
}
constexpr bool mirrors_stored_y(int orientation) {
  return orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
}

Size upright_size(Size stored, int orientation);

// Copies `rows`, which are the rows from `first_row` of a stored picture of size `stored`, to where
// they belong in the upright picture. Both have the same layout.
void place_upright(const ImageView& rows, int first_row, Size stored, int orientation,
                   const MutableImageView& upright);

}  // namespace face_privacy
