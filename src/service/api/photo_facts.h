#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/pipeline.h"

namespace face_privacy {

using Seconds = std::chrono::duration<double>;

// What a photo that was answered with 200 came to.
struct PhotoFacts {
  bool redacted = false;  // else only looked at
  bool detected = true;   // faces were looked for
  Profile profile{};
  std::optional<Style> style;  // where `redacted`
  Format format{};
  std::size_t size_bytes = 0;
  std::uint64_t size_pixels = 0;
  std::vector<float> scores;  // of each face
  float min_score = 0;        // the threshold in force
  int regions = 0;
  int faces_kept = 0;
  bool people_looked_for = false;
  int people_kept = 0;   // of faces_kept, those that look like somebody who was looked for
  int people_asked = 0;  // covered, but perhaps one of them
  bool fast_path = false;
  Timings timings;
  Seconds queue{};
};

}  // namespace face_privacy
