// What each profile runs. The measurements behind it are in docs/detection.md.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "detect/merge.h"
#include "detect/profile_name.h"
#include "detect/retinaface/output_layout.h"
#include "detect/turned_copies.h"
#include "image/geometry.h"

namespace face_privacy {

// The network once over the whole picture, at one size.
struct Pass {
  int long_side_px;  // of the network's input
  Orientation orientation = Orientation::kUpright;
  // Smaller faces, in px of the network's input, do not count in this pass: the larger passes see them
  // better, and what this one takes for small faces is mostly none.
  int min_face_px = 0;
  float min_score = 0;  // faces below it do not count in this pass
  // Only where the picture's own long side is at least this: it adds nothing to a smaller one.
  int min_picture_px = 0;
  std::optional<CrossCheckRule> cross_checks{};  // in px of the network's input
};

struct ProfilePlan {
  std::span<const Pass> passes;  // largest first
  float min_score;
  // Looks at small turned copies, and all over again where one has its people upright. Heads that lean are
  // always followed: that costs nothing where none does.
  bool finds_way_up = true;
};

// The looks that tell which way up a picture is, the second only where the first sees nobody.
inline constexpr Pass kFirstLook{.long_side_px = 320};
inline constexpr Pass kSecondLook{.long_side_px = 640};

// The sizes of faces, in px of the network's input, that a pass sees if they are there.
struct FaceSizes {
  float from_px;
  float to_px;
};
FaceSizes reliable_sizes(const Pass& pass);

// A face of this size in the smallest pass is large: every other pass has it larger still.
inline constexpr float kLargeFacePx = 56;

// Networks of another layout are other networks, with passes and thresholds of their own.
const ProfilePlan& plan_of(Profile profile, OutputLayout layout = OutputLayout::kInsightface);

// What a pass gives the network: the picture scaled to `size`, in one piece or in overlapping tiles.
// All sides and places are multiples of kInputMultiple.
struct NetworkInput {
  Size size;
  std::vector<Rect> tiles;
};

NetworkInput network_input(Size picture, const Pass& pass);

// The passes of a profile that are worth running on a picture of this size.
std::vector<Pass> passes_for(Size picture, const ProfilePlan& plan);

}  // namespace face_privacy
