// Regions that touch are one secret: what is kept of them (a mean colour, a few cells) is kept of all
// of them together. Otherwise two overlapping regions would give two means over nearly the same
// pixels, whose difference tells about the few pixels in which they differ, and a face covered with
// many small regions would come out as a fine mosaic.
#pragma once

#include <span>
#include <vector>

#include "redact/canvas.h"

namespace face_privacy {

// Indices into `outlines`: which of them share a pixel, feathers included, directly or through
// others. Each group is in ascending order. Invalid outlines are in no group.
std::vector<std::vector<int>> touching(std::span<const Outline> outlines);

// Calls visit(y, span) for the pixels of the canvas in the core of any of `members`, each pixel once,
// row by row.
template <class Sample, class Visit>
void for_each_core_span(const Canvas<Sample>& canvas, std::span<const Outline> outlines,
                        std::span<const int> members, Visit visit) {
  Rect rows;
  for (const int member : members) rows = unite(rows, outlines[member].bounds());
  rows = intersect(rows, canvas.area);
  std::vector<Span> spans;
  for (int y = rows.y; y < rows.bottom(); ++y) {
    spans.clear();
    for (const int member : members) {
      const Span span = canvas.clip(outlines[member].core_row(y), y);
      if (!span.empty()) spans.push_back(span);
    }
    std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.begin < b.begin; });
    int done = canvas.area.x;
    for (const Span& span : spans) {
      const Span fresh{std::max(span.begin, done), span.end};
      if (fresh.empty()) continue;
      visit(y, fresh);
      done = fresh.end;
    }
  }
}

// The mean colour of the cores of a cluster, in steps of 8 of 255: all that blur keeps of its faces.
// Middle grey if none of their pixels is on the canvas.
template <class Sample>
PixelColor<Sample> coarse_mean(const Canvas<Sample>& canvas, std::span<const Outline> outlines,
                               std::span<const int> members);

}  // namespace face_privacy
