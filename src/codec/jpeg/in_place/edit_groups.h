// Which changes of a JPEG must be made together.
#pragma once

#include <span>
#include <vector>

#include "image/geometry.h"

namespace face_privacy::jpeg {

// Each change is rectangles of MCUs, in rows 0 <= y < `rows`. Those that have an MCU in common, directly
// or through others, are in one group of their indices, in ascending order. One without MCUs is in none.
std::vector<std::vector<int>> groups_of(std::span<const std::vector<Rect>> changes, int rows);

}  // namespace face_privacy::jpeg
