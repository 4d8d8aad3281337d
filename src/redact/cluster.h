// Regions that touch are one secret: what is kept of them (a mean color, a few cells) is kept of all
// of them together. Otherwise two overlapping regions would give two means over nearly the same
// pixels, whose difference tells about the few pixels in which they differ, and a face covered with
// many small regions would come out as a fine mosaic.
#pragma once

#include <span>
#include <vector>

#include "redact/canvas.h"
#include "redact/pixel_mask.h"
#include "redact/pixel_sum.h"

namespace face_privacy {

// Indices into `outlines`: which of them share a pixel of the picture, feathers included, directly or through
// others. Each group is in ascending order. Invalid outlines are in no group.
std::vector<std::vector<int>> touching(std::span<const Outline> outlines, Size picture);

// Adds the cores of `members` to `cores` and calls visit(y, span) for their pixels on the canvas, each
// pixel once. No core of another cluster has a pixel of theirs.
template <class Sample, class Visit>
void add_cores(const Canvas<Sample>& canvas, std::span<const Outline> outlines, std::span<const int> members,
               PixelMask& cores, Visit visit) {
  for (const int member : members) {
    const Outline& outline = outlines[member];
    const Rect rows = intersect(outline.bounds(), canvas.area);
    for (int y = rows.y; y < rows.bottom(); ++y) {
      const Span core = canvas.clip(outline.core_row(y), y);
      cores.for_each_gap(y, core, [&](Span span) { visit(y, span); });
      cores.add(y, core);
    }
  }
}

// The mean color of the cores of a cluster, in steps of 8 of 255: all that blur keeps of its faces.
// Middle gray if none of their pixels is on the canvas.
template <class Sample>
PixelColor<Sample> coarse_mean(const PixelSum& sum, int color_channels);

}  // namespace face_privacy
