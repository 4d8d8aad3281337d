// Tells cuts from motion, flashes and fades by how much luma changes from frame to frame.
#pragma once

#include <span>

namespace face_privacy {

inline constexpr int kCutNeighbors = 3;  // frames before and after that a decision looks at

// Whether changes[at] is a cut among its neighbors. Errs towards no: a cut that was missed costs a
// stray patch for half a second, one that is none leaves a face uncovered.
bool is_cut(std::span<const float> changes, std::size_t at);

}  // namespace face_privacy
