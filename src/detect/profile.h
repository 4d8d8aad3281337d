// What each profile runs. The measurements behind it are in docs/detection.md.
#pragma once

#include <span>
#include <vector>

#include "detect/detector.h"
#include "detect/orientation.h"
#include "image/geometry.h"

namespace face_privacy {

// The network once over the whole picture, at one size.
struct Pass {
  int long_side_px;  // of the network's input
  Orientation orientation = Orientation::kUpright;
  // Only where the picture's own long side is at least this, because it adds nothing to a smaller one.
  int min_picture_px = 0;
  // Faces below this score in this pass do not count.
  float min_score = 0;
};

struct ProfilePlan {
  std::span<const Pass> passes;  // largest first
  float min_score;
};

const ProfilePlan& plan_of(Profile profile);

// What a pass gives the network: the picture scaled to `size`, in one piece or in overlapping tiles.
// All sides and places are multiples of kInputMultiple.
struct NetworkInput {
  Size size;
  std::vector<Rect> tiles;
};

NetworkInput network_input(Size picture, const Pass& pass);

// The passes of a profile that are worth running on a picture of this size.
std::vector<Pass> passes_for(Size picture, Profile profile);

}  // namespace face_privacy
