// A smooth surface as a grid of knots, for those who can write it without making it pixels.
#pragma once

#include <array>
#include <vector>

#include "image/geometry.h"

namespace face_privacy {

// Of the four knots that a place depends on, at `t` (0..1) from the second towards the third. Uniform cubic
// B-spline: smooth, and never beyond the knots' range.
inline std::array<float, 4> spline_weights(float t) {
  const float s = 1 - t;
  return {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6,
          t * t * t / 6};
}

struct SplineSurface {
  static constexpr int kOrder = 4;  // knots that a place depends on, in each direction
  static constexpr int kMaxChannels = 4;
  static constexpr int kCellPx = 8;

  Rect area;        // samples of a plane; the second knot, across and down, lies at its first one
  int knot_px = 1;  // between knots
  int knots_x = 0;
  int knots_y = 0;
  std::array<std::vector<float>, kMaxChannels> knots;  // row by row, in the range of a sample

  // Of the plane's squares of kCellPx, counted from its corner, those that show nothing else.
  struct CellRun {
    int row = 0;
    int begin = 0;
    int end = 0;
  };
  std::vector<CellRun> cells;
};

}  // namespace face_privacy
