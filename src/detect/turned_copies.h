// Copies of a picture in which a network finds other faces, and the way back from them.
#pragma once

#include "image/face.h"
#include "image/image.h"

namespace face_privacy {

enum class Orientation {
  kUpright,
  kMirrored,     // left and right swapped
  kTurnedLeft,   // by 90 degrees counterclockwise: for heads that lie on their left side
  kTurnedRight,  // clockwise
  kUpsideDown,   // by 180 degrees
  kTiltedLeft,   // by 45 degrees counterclockwise, in a square, its corners gray
  kTiltedRight,  // clockwise
};

constexpr bool swaps_sides(Orientation orientation) {
  return orientation == Orientation::kTurnedLeft || orientation == Orientation::kTurnedRight;
}
constexpr bool is_tilted(Orientation orientation) {
  return orientation == Orientation::kTiltedLeft || orientation == Orientation::kTiltedRight;
}
constexpr bool is_turned(Orientation orientation) {
  return swaps_sides(orientation) || orientation == Orientation::kUpsideDown || is_tilted(orientation);
}

// The size of a picture of size `upright` in that orientation. A tilted copy keeps the picture's scale and
// has it in its middle; its side is a multiple of kInputMultiple.
Size oriented(Size upright, Orientation orientation);

// `rgb` has the layout kRgb8.
Image oriented(const ImageView& rgb, Orientation orientation);

// A face found in the copy, in coordinates of the upright picture of size `upright`. In a mirrored
// copy the person's left is seen as right. The box of a face in a tilted copy becomes the one around the
// ellipse in it.
Face upright_again(const Face& face, Orientation orientation, Size upright);

}  // namespace face_privacy
