#include "redact/meeting_rects.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/union_find.h"

namespace face_privacy {
namespace {

constexpr int kLeastCellPx = 32;
constexpr double kMostCellsAcross = 64;

// As many cells as rectangles, as long as these are few.
int cells_across(std::size_t rects) {
  return static_cast<int>(std::min(kMostCellsAcross, std::ceil(std::sqrt(static_cast<double>(rects) + 1))));
}

}  // namespace

// From top to bottom. Of all that came before, the one that reaches deepest in a column meets whatever meets
// another one there, and is in one set with it.
std::vector<std::vector<int>> meeting_sets(std::span<const Rect> rects, Span columns) {
  struct Deepest {
    int bottom = 0;
    int index = -1;
  };
  std::vector<Deepest> deepest(static_cast<std::size_t>(std::max(0, columns.size())));
  std::vector<int> all(rects.size());
  std::iota(all.begin(), all.end(), 0);
  std::vector<int> by_top = all;
  std::sort(by_top.begin(), by_top.end(), [&](int a, int b) { return rects[a].y < rects[b].y; });
  UnionFind sets(rects.size());
  for (const int i : by_top) {
    const Rect& rect = rects[i];
    if (rect.empty()) continue;
    const Span span = intersect(columns, {rect.x, rect.right()});
    for (int x = span.begin; x < span.end; ++x) {
      Deepest& there = deepest[x - columns.begin];
      if (there.index >= 0 && there.bottom > rect.y) sets.join(there.index, i);
      if (there.index < 0 || rect.bottom() > there.bottom) there = {rect.bottom(), i};
    }
  }
  return sets.sets(all);
}

RectGrid::RectGrid(std::vector<Rect> rects, const Rect& area)
    : rects_(std::move(rects)),
      area_(area),
      cell_px_(std::max(kLeastCellPx, std::max(area.width, area.height) / cells_across(rects_.size()) + 1)),
      columns_(area.width / cell_px_ + 1),
      cells_(static_cast<std::size_t>(columns_) * (area.height / cell_px_ + 1)) {
  for (std::size_t i = 0; i < rects_.size(); ++i) {
    for_each_cell(rects_[i], [&](std::size_t cell) { cells_[cell].push_back(static_cast<int>(i)); });
  }
}

template <class Visit>
void RectGrid::for_each_cell(const Rect& rect, Visit visit) const {
  const Rect inside = intersect(rect, area_);
  if (inside.empty()) return;
  const int last_column = (inside.right() - 1 - area_.x) / cell_px_;
  const int last_row = (inside.bottom() - 1 - area_.y) / cell_px_;
  for (int row = (inside.y - area_.y) / cell_px_; row <= last_row; ++row) {
    for (int column = (inside.x - area_.x) / cell_px_; column <= last_column; ++column)
      visit(static_cast<std::size_t>(row) * columns_ + column);
  }
}

// What is among the first in all cells is among the first in each of its own.
std::vector<int> RectGrid::meeting(const Rect& rect, std::size_t most) const {
  const Rect asked = intersect(rect, area_);
  std::vector<int> found;
  for_each_cell(asked, [&](std::size_t cell) {
    std::size_t count = 0;
    for (const int i : cells_[cell]) {
      if (count == most) break;
      if (intersect(rects_[i], asked).empty()) continue;
      found.push_back(i);
      ++count;
    }
  });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  if (found.size() > most) found.resize(most);
  return found;
}

}  // namespace face_privacy
