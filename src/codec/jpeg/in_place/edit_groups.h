// Which changes of a JPEG must be made together.
#pragma once

#include <span>
#include <vector>

#include "image/geometry.h"

namespace face_privacy::jpeg {

// Groups changes that share an MCU, transitively: the changes' indices, ascending. Each change is rectangles
// of MCUs, in rows 0 <= y < `rows`; one without MCUs is in no group.
std::vector<std::vector<int>> groups_of(std::span<const std::vector<Rect>> changes, int rows);

}  // namespace face_privacy::jpeg
