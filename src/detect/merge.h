// One face for each person out of the many candidates that anchors and passes give.
#pragma once

#include <span>
#include <vector>

#include "image/face.h"

namespace face_privacy {

// Two boxes that overlap by more than this (intersection over union) are the same face. Measured:
// docs/detection.md.
inline constexpr float kSameFaceOverlap = 0.35F;

// The candidates of one pass: of those that are the same face the best stays. Best first.
std::vector<Face> suppress_repeats(std::vector<Face> candidates);

// Faces of several passes, each without repeats. A face's score is the chance that not every pass
// that saw it was wrong; its box and landmarks are the mean of what those passes say, weighted by
// the square of their scores. Best first.
std::vector<Face> merge_passes(std::span<const std::vector<Face>> passes);

}  // namespace face_privacy
