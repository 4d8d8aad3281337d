// What people say is in a photo, to measure a detector against.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"

namespace face_privacy {

struct TruthFace {
  BoxF box;          // px of the upright picture
  std::string kind;  // empty: not given
};

// A face is labelled by its box, or only by a point on its nose.
struct TruthPhoto {
  std::string image;  // path, relative to a folder that the truth file does not know
  std::vector<TruthFace> faces;
  std::vector<PointF> noses;
};

// One JSON object a line: {"image": "a.jpg", "faces": [{"box": [x, y, width, height], "kind": "..."}]}
// or {"image": "a.jpg", "noses": [[x, y]]}. Empty lines are skipped, unknown members ignored.
// kInvalidOption with the number of the first bad line.
Result<std::vector<TruthPhoto>> parse_truth(std::string_view jsonl);

}  // namespace face_privacy
