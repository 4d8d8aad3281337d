// Faces of an animation's frames, each with those of the frames beside it. A face that the detector
// misses for one frame is nearly always found in the frame before or after.
#pragma once

#include <vector>

#include "image/face.h"

namespace face_privacy {

// For each frame its own faces and those of the frame before and of the frame after, in that order of time.
std::vector<std::vector<Face>> with_neighbors(const std::vector<std::vector<Face>>& frames);

}  // namespace face_privacy
