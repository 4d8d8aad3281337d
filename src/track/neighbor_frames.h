// Faces of an animation's frames, each with those of the frames beside it. A face that the detector
// misses for one frame is nearly always found in the frame before or after.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace face_privacy {

// For each frame its own items, faces or what is known of them, and those of the frame before and of the
// frame after, in that order of time.
template <class Item>
std::vector<std::vector<Item>> with_neighbors(const std::vector<std::vector<Item>>& frames) {
  std::vector<std::vector<Item>> joined(frames.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::size_t first = i == 0 ? 0 : i - 1;
    const std::size_t end = std::min(i + 2, frames.size());
    for (std::size_t j = first; j < end; ++j) {
      joined[i].insert(joined[i].end(), frames[j].begin(), frames[j].end());
    }
  }
  return joined;
}

}  // namespace face_privacy
