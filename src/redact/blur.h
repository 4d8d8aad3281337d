// The default style. It looks like a heavy blur, but no pixel of the face goes into it: it is grown
// inwards from the ring around the region, and fades to the one mean colour towards the middle.
#pragma once

#include <span>
#include <vector>

#include "redact/patch_rows.h"
#include "redact/ring.h"

namespace face_privacy {

// The colours that one region would have by itself, at any place.
class Glow {
 public:
  Glow(const Outline& outline, const Ring& ring, const std::array<float, kMaxColorChannels>& mean)
      : outline_(outline), ring_(ring), mean_(mean) {}

  const Outline& outline() const { return outline_; }

  // Adds the colours at `places`, each times the weight that this region has there, to `sums`, and
  // the weights to `totals`. The weight falls from the middle to the feather's edge; `least` is what
  // it falls to.
  void add(std::span<const PointD> places, int color_channels, float least,
           std::array<std::vector<float>, kMaxColorChannels>& sums, std::vector<float>& totals) const;

 private:
  Outline outline_;
  Ring ring_;
  std::array<float, kMaxColorChannels> mean_;
};

template <class Sample>
class BlurRows final : public PatchRows<Sample> {
 public:
  // `glows[own]` is the region's; the others are those that may meet it, and in what they share all
  // their patches show the same mixture, so that there is no seam. `area`: the bounds of the region
  // clipped to the picture (not to the canvas).
  BlurRows(const PixelLayout& layout, std::span<const Glow* const> glows, const Rect& area);
  void write(int y, Span span, Sample* pixels) override;

 private:
  void compute_knots(std::span<const Glow* const> glows);
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
