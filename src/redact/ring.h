// What lies around a region: the colors of a ring just outside its feather.
#pragma once

#include "redact/canvas.h"
#include "redact/pixel_mask.h"

namespace face_privacy {

inline constexpr int kRingDirections = 48;

// How far outside the feather's edge the farthest pixel of the ring may be.
double ring_reach_px(const Outline& outline);

struct Ring {
  // The directions, as points of the core's edge in the outline's unit coordinates.
  std::array<float, kRingDirections> x{};
  std::array<float, kRingDirections> y{};
  // 0..1: how much there was to see in that direction.
  std::array<float, kRingDirections> weight{};
  std::array<std::array<float, kRingDirections>, kMaxColorChannels> color{};
  bool is_empty = true;  // nothing to see anywhere
};

// Looks at no pixel of `hidden` and at none outside the canvas. `hidden` must hold every region that
// meets the area it was made for, and that area must hold the ring as far as the canvas goes.
template <class Sample>
Ring sample_ring(const Canvas<Sample>& canvas, const Outline& outline, const PixelMask& hidden);

}  // namespace face_privacy
