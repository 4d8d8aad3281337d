#include "track/neighbor_frames.h"

#include <algorithm>
#include <cstddef>

namespace face_privacy {

std::vector<std::vector<Face>> with_neighbors(const std::vector<std::vector<Face>>& frames) {
  std::vector<std::vector<Face>> joined(frames.size());
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
