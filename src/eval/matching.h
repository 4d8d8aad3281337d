// Which found face is which labelled one.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "eval/truth.h"
#include "image/face.h"

namespace face_privacy {

// For each found face, best first, the index of the labelled face that it is, each used once: with
// boxes the one that overlaps most, by at least `min_iou` (intersection over union); else the nose
// in the found box nearest to its center. Noses count on from the boxes. Of both boxes only what lies in
// the picture counts: where a head goes beyond the edge, labels end there and found boxes may not.
std::vector<std::optional<std::size_t>> match_faces(std::span<const Face> found, const TruthPhoto& truth,
                                                    Size picture, float min_iou);

// How much of `box`, as far as it lies in the picture, is redacted: 0..1, from 64 x 64 points.
float covered_share(const BoxF& box, Size picture, const std::function<bool(PointF)>& is_redacted);

}  // namespace face_privacy
