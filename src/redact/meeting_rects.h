// Which rectangles meet, without a look at every pair: somebody may ask for tens of thousands of regions.
#pragma once

#include <span>
#include <vector>

#include "redact/outline.h"

namespace face_privacy {

// Indices of rectangles that meet within `columns`, directly or through others. Numbers ascend in each set,
// and so do the first ones of the sets. Takes time linear in the sum of the widths within `columns`.
std::vector<std::vector<int>> meeting_sets(std::span<const Rect> rects, Span columns);

// Rectangles by the cells of a grid that they meet.
class RectGrid {
 public:
  // Questions are about places in `area`.
  RectGrid(std::vector<Rect> rects, const Rect& area);

  // The first `most` of those that meet `rect` within the area, in ascending order.
  std::vector<int> meeting(const Rect& rect, std::size_t most) const;

 private:
  template <class Visit>
  void for_each_cell(const Rect& rect, Visit visit) const;

  std::vector<Rect> rects_;
  Rect area_;
  int cell_px_;
  int columns_;
  std::vector<std::vector<int>> cells_;
};

}  // namespace face_privacy
