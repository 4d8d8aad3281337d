// The default style. It looks like a heavy blur, but no pixel of the face goes into it: it is grown
// inwards from the ring around the region, and fades to the one mean colour towards the middle.
#pragma once

#include <vector>

#include "redact/patch_rows.h"
#include "redact/ring.h"

namespace face_privacy {

template <class Sample>
class BlurRows final : public PatchRows<Sample> {
 public:
  // `area`: the outline's bounds clipped to the picture (not to the canvas).
  BlurRows(const PixelLayout& layout, const Outline& outline, const Rect& area, const Ring& ring,
           const PixelColor<Sample>& mean);
  void write(int y, Span span, Sample* pixels) override;

 private:
  void compute_knots(const Outline& outline, const Ring& ring, const PixelColor<Sample>& mean);
  void expand_line(int line, std::vector<float>& samples);

  int channels_;
  int color_channels_;
  Rect area_;
  int knot_px_ = 1;  // between knots
  int line_px_ = 1;  // between the lines that are interpolated exactly; rows between are linear
  int knots_x_ = 0;
  int knots_y_ = 0;
  std::vector<float> knots_;  // row by row, colour channels interleaved
  int line_ = -1;             // of upper_; lower_ is the next
  std::vector<float> upper_;
  std::vector<float> lower_;
};

}  // namespace face_privacy
