// A part of the picture, addressed by the picture's own coordinates.
#pragma once

#include <array>
#include <cstdint>

#include "image/image.h"
#include "redact/outline.h"

namespace face_privacy {

inline constexpr int kMaxColorChannels = 4;
inline constexpr int kMaxChannels = kMaxColorChannels + 1;

// A color in the picture's own channels and sample range; alpha is not a color.
template <class Sample>
using PixelColor = std::array<Sample, kMaxColorChannels>;

template <class Sample>
inline constexpr int kMaxSample = (1 << (8 * sizeof(Sample))) - 1;

// 8-bit steps in the range of a sample: 257 for 16 bits, so that 255 becomes 65535.
template <class Sample>
inline constexpr int kSamplePerStep = kMaxSample<Sample> / 255;

template <class Sample>
struct Canvas {
  MutableImageView view;
  Rect area;  // what the view shows, in the picture

  int channels() const { return view.layout.channels(); }
  int color_channels() const { return view.layout.color_channels(); }
  // The pixel (x, y), which must lie in `area`.
  Sample* at(int x, int y) const {
    return reinterpret_cast<Sample*>(view.row(y - area.y)) +
           static_cast<std::ptrdiff_t>(x - area.x) * channels();
  }
  // Of a span of row `y`, what lies on the canvas.
  Span clip(Span span, int y) const {
    if (y < area.y || y >= area.bottom()) return {};
    return intersect(span, {area.x, area.right()});
  }
};

}  // namespace face_privacy
