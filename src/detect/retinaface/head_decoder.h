// From a network's raw outputs to candidate faces.
#pragma once

#include <vector>

#include "detect/retinaface/engine.h"
#include "image/face.h"

namespace face_privacy {

// Every anchor with a score >= `min_score`, in px of the network's input, in no particular order.
// Boxes may cross the edge. What is not finite, has no area or is absurdly large is left out, and so
// is a level whose values are fewer than its cells announce.
std::vector<Face> decode_heads(const HeadOutputs& outputs, const BoxCoding& coding, float min_score);

}  // namespace face_privacy
