#include "detect/merge.h"

#include <algorithm>

namespace face_privacy {

std::vector<Face> merge_faces(std::vector<Face> candidates, float max_overlap) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Face& a, const Face& b) { return a.score > b.score; });
  std::vector<Face> kept;
  for (const Face& candidate : candidates) {
    const bool repeats = std::any_of(kept.begin(), kept.end(), [&](const Face& better) {
      return intersection_over_union(candidate.box, better.box) > max_overlap;
    });
    if (!repeats) kept.push_back(candidate);
  }
  return kept;
}

}  // namespace face_privacy
