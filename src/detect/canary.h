// A picture whose faces are known, to tell weights that see from weights that do not: damaged ones load,
// run, and find nobody.
//
// The faces are drawn by the program: a photo would need somebody's leave, a decoder, and bytes that may
// be damaged themselves. RetinaFace takes them for faces as sure as those of people.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "image/face.h"
#include "image/image.h"

namespace face_privacy {

// kRgb8, sides are multiples of 32 px. Its faces are 19 to 193 px high, so that each of the network's
// three levels has some to find.
Image draw_canary();

// Where they are, in px of the picture.
std::span<const BoxF> canary_faces();

// kModel unless `found`, with their scores, has a sure face at each of those places and hardly another.
// `layout`, as in ModelInfo: some networks are less sure of drawn faces than others.
Result<void> check_canary(std::span<const Face> found, std::string_view layout = {});

}  // namespace face_privacy
