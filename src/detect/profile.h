// What each profile runs. The measurements behind it are in docs/detection.md.
#pragma once

#include <span>

#include "detect/detector.h"
#include "image/geometry.h"

namespace face_privacy {

// One run of the network over the whole picture.
struct Pass {
  int long_side_px;  // of the network's input
};

struct ProfilePlan {
  std::span<const Pass> passes;  // largest first
  float min_score;
};

const ProfilePlan& plan_of(Profile profile);

// The size of the network's input: the picture's shape, with sides that are multiples of 32.
Size input_size(Size picture, const Pass& pass);

}  // namespace face_privacy
