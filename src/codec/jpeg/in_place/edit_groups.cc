#include "codec/jpeg/in_place/edit_groups.h"

#include <algorithm>

#include "base/union_find.h"

namespace face_privacy::jpeg {
namespace {

// MCUs of one row that a change has.
struct ChangedMcus {
  int begin;
  int end;
  int change;
};

}  // namespace

std::vector<std::vector<int>> groups_of(std::span<const std::vector<Rect>> changes, int rows) {
  std::vector<std::vector<ChangedMcus>> by_row(static_cast<std::size_t>(rows));
  std::vector<int> members;
  for (int i = 0; i < static_cast<int>(changes.size()); ++i) {
    const auto& rects = changes[static_cast<std::size_t>(i)];
    for (const Rect& rect : rects) {
      for (int y = rect.y; y < rect.bottom(); ++y)
        by_row[static_cast<std::size_t>(y)].push_back({rect.x, rect.right(), i});
    }
    if (!rects.empty()) members.push_back(i);
  }
  UnionFind groups(changes.size());
  for (auto& row : by_row) {
    std::sort(row.begin(), row.end(),
              [](const ChangedMcus& a, const ChangedMcus& b) { return a.begin < b.begin; });
    // What reaches farthest so far: a span that begins before its end meets it.
    const ChangedMcus* farthest = nullptr;
    for (const ChangedMcus& span : row) {
      if (farthest != nullptr && span.begin < farthest->end) groups.join(span.change, farthest->change);
      if (farthest == nullptr || span.end > farthest->end) farthest = &span;
    }
  }
  return groups.sets(members);
}

}  // namespace face_privacy::jpeg
