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
};

constexpr bool swaps_sides(Orientation orientation) {
  return orientation == Orientation::kTurnedLeft || orientation == Orientation::kTurnedRight;
}
constexpr bool is_turned(Orientation orientation) {
  return swaps_sides(orientation) || orientation == Orientation::kUpsideDown;
}

// The size of a picture of size `upright` in that orientation.
Size oriented(Size upright, Orientation orientation);

// `rgb` has the layout kRgb8.
Image oriented(const ImageView& rgb, Orientation orientation);

// A face found in the copy, in coordinates of the upright picture of size `upright`. In a mirrored
// copy the person's left is seen as right.
Face upright_again(const Face& face, Orientation orientation, Size upright);

}  // namespace face_privacy
