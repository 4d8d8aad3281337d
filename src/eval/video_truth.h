// What people say is in a clip, to measure its redaction against.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"

namespace face_privacy {

struct TruthPerson {
  std::int64_t person = 0;
  // By frame, from 0; px of the upright picture; frames without the face are left out.
  std::map<int, BoxF> boxes;
  // Where so little of the face can be seen that it need not be covered, and may be.
  std::map<int, BoxF> partly;
};

// One JSON object a line: {"person": 3, "boxes": {"0": [x, y, width, height], ...}, "partly": {...}};
// `partly` may be left out. Empty lines are skipped, unknown members ignored. kInvalidOption with the number
// of the first bad line.
Result<std::vector<TruthPerson>> parse_video_truth(std::string_view jsonl);

}  // namespace face_privacy
