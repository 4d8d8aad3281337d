#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/limits.h"
#include "image/geometry.h"

namespace face_privacy {

// Whether frames of this size are within the limits; called before memory is taken for them. The
// arguments are as wide as any header's fields, so that no caller needs to narrow them first.
Result<void> check_size(std::uint64_t width, std::uint64_t height, std::uint64_t frame_count,
                        const Limits& limits);

}  // namespace face_privacy
