#pragma once

#include <vector>

#include "image/photo.h"

namespace face_privacy {

// Components that are sampled alike, interleaved. A file has one plane, or luma and then chroma.
struct JpegPlane {
  PixelLayout layout;
  Size size;         // in samples
  int shrink_x = 1;  // pixels of the picture to a sample, across
  int shrink_y = 1;  // and down

  // The pixels that samples stand for; at the picture's edge they may be beyond it.
  Rect pixels_of(const Rect& samples) const {
    return {samples.x * shrink_x, samples.y * shrink_y, samples.width * shrink_x, samples.height * shrink_y};
  }
};

// A part of a picture, a patch for each plane, placed in samples of the plane.
using PlanePatches = std::vector<Patch>;
using RedactedPlanePatches = std::vector<RedactedPatch>;

}  // namespace face_privacy
