// The default style. It looks like a heavy blur, but no pixel of the face goes into it: it is grown
// inwards from the ring around the region, and fades to the one mean color towards the middle.
#pragma once

#include <span>
#include <vector>

#include "image/spline_surface.h"
#include "redact/patch_rows.h"
#include "redact/ring.h"

namespace face_privacy {

// The colors that one region would have by itself, at any place. The outline must outlive it.
class SurroundFill {
 public:
  SurroundFill(const Outline& outline, const Ring& ring, const std::array<float, kMaxColorChannels>& mean)
      : outline_(&outline), ring_(ring), mean_(mean) {}

  const Outline& outline() const { return *outline_; }

  struct Mixture {
    std::vector<PointD> places;
    int color_channels = 0;
    std::vector<float> weights;                                  // one a place
    std::array<std::vector<float>, kMaxColorChannels> weighted;  // color times weight

    Mixture(std::vector<PointD> at, int channels);
  };
  // Adds this region's colors. Their weight falls from the middle towards the feather's edge, where
  // it reaches `least`.
  void add_to(Mixture& mixture, float least) const;

 private:
  const Outline* outline_;
  Ring ring_;
  std::array<float, kMaxColorChannels> mean_;
};

// The colors are computed on a coarse grid of knots and interpolated by cubic splines, so that the
// size of a face costs next to nothing.
template <class Sample>
class BlurRows final : public PatchRows<Sample> {
 public:
  // `fills.front()` is the region's; the others are those that may meet it, and in what they share all
  // their patches show the same mixture, so that there is no seam. `area`: the bounds of the region
  // clipped to the picture (not to the canvas).
  BlurRows(const PixelLayout& layout, std::span<const SurroundFill* const> fills, const Rect& area);
  void write(int y, Span span, Sample* pixels) override;

  const SplineSurface& surface() const { return surface_; }  // that no cells show

 private:
  static constexpr int kOrder = SplineSurface::kOrder;

  void compute_knots(std::span<const SurroundFill* const> fills);
  void expand(int knot_row);  // to the area's width

  int channels_;
  int color_channels_;
  SplineSurface surface_;
  std::array<std::vector<float>, kOrder> phase_weights_;  // by the pixel's place between two knots
  std::array<std::vector<float>, kOrder> rows_;           // the last ones expanded, pixels interleaved
  int expanded_rows_ = 0;
};

}  // namespace face_privacy
