// What is put over a region, a row at a time.
#pragma once

#include "redact/canvas.h"

namespace face_privacy {

template <class Sample>
class PatchRows {
 public:
  PatchRows() = default;
  virtual ~PatchRows() = default;
  PatchRows(const PatchRows&) = delete;
  PatchRows& operator=(const PatchRows&) = delete;

  // Writes the pixels `span` of row `y`, all channels; what it writes for alpha does not matter. The
  // span lies in the region's bounds; rows are asked for from top to bottom.
  virtual void write(int y, Span span, Sample* pixels) = 0;
};

}  // namespace face_privacy
