// What some program covered in a clip, to measure it by the same rule as ours.
#pragma once

#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"

namespace face_privacy {

struct CoverOfClip {
  Size size;                                 // of the picture
  std::vector<std::vector<Ellipse>> frames;  // upright ellipses that are covered, in px
};

// JSON lines: {"width", "height"}, then for each frame {"ellipses": [[x, y, radius_x, radius_y], ...]},
// x and y of the center. Empty lines are skipped. kInvalidOption with the number of the first bad line.
Result<CoverOfClip> parse_cover(std::string_view jsonl);

}  // namespace face_privacy
