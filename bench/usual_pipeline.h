// What one would build without this project: OpenCV decodes, shrinks, blurs and encodes, ONNX Runtime
// runs the same network at the same sizes.
#pragma once

#include <span>
#include <vector>

#include "detect/retinaface/engine.h"
#include "image/geometry.h"
#include "pipeline/pipeline.h"

namespace face_privacy::bench {

struct UsualResult {
  std::vector<unsigned char> jpeg;
  int faces = 0;
  Timings timings;
};

// `inputs` are the sizes of the network's input, one for each scale of the profile.
UsualResult usual_pipeline(std::span<const unsigned char> jpeg, const Network& network,
                           std::span<const Size> inputs, float min_score);

}  // namespace face_privacy::bench
