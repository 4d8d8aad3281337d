#include "track/shot_cuts.h"

#include <algorithm>
#include <cstddef>

#include "track/track.h"

namespace face_privacy {
namespace {

constexpr float kLeastCut = 14;  // levels of luma
constexpr float kAboveNeighbors = 2.5F;

}  // namespace

bool may_be_cut(float luma_change, float change_before) {
  return luma_change >= kLeastCut && luma_change >= kAboveNeighbors * change_before;
}

bool is_cut(std::span<const float> changes, std::size_t at) {
  if (!(changes[at] >= kLeastCut)) return false;
  const std::size_t first = at - std::min<std::size_t>(at, kCutNeighbors);
  const std::size_t end = std::min(changes.size(), at + kCutNeighbors + 1);
  float largest = 0;
  for (std::size_t i = first; i < end; ++i) {
    if (i != at) largest = std::max(largest, changes[i]);
  }
  return changes[at] >= kAboveNeighbors * largest;
}

}  // namespace face_privacy
