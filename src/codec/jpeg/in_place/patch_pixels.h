#pragma once

#include <span>

#include "codec/jpeg/in_place/plane.h"
#include "image/image.h"

namespace face_privacy::jpeg {

// `area`, in pixels of the picture, gray or RGB, where `patches` hold all of it: one for each of `planes`. A
// chroma sample is the color of all pixels that it stands for.
Image pixels_of(const PlanePatches& patches, std::span<const JpegPlane> planes, const Rect& area);

}  // namespace face_privacy::jpeg
