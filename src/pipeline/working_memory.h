// What a photo takes while it is worked on, as far as its header and the options tell: what admission counts.
#pragma once

#include <cstdint>

#include "pipeline/pipeline.h"

namespace face_privacy {

// About the most memory, in bytes, on the path that `options` ask for: in place, or decoded and encoded.
std::uint64_t working_bytes(const PhotoHeader& photo, const DetectOptions& options);
std::uint64_t working_bytes(const PhotoHeader& photo, const PhotoOptions& options);

}  // namespace face_privacy
