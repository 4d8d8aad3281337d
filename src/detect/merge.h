// One face for each person out of the many candidates that anchors, scales and mirrored copies give.
#pragma once

#include <vector>

#include "image/face.h"

namespace face_privacy {

// Best first. Of faces whose boxes overlap by more than `max_overlap` (intersection over union) only
// the best stays.
std::vector<Face> merge_faces(std::vector<Face> candidates, float max_overlap);

}  // namespace face_privacy
