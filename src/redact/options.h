#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "image/geometry.h"

namespace face_privacy {

enum class Style : std::uint8_t { kBlur, kPixelate, kFill };
inline constexpr std::size_t kStyleCount = 3;
enum class Shape : std::uint8_t { kEllipse, kBox };
std::string_view name_of(Style style);
std::string_view name_of(Shape shape);
std::optional<Style> style_from_name(std::string_view name);
std::optional<Shape> shape_from_name(std::string_view name);

struct Color {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};
// "#rrggbb", "rrggbb", "#rgb", or a basic CSS name.
std::optional<Color> color_from_text(std::string_view text);

inline constexpr int kMaxCells = 6;  // why: docs/privacy.md
inline constexpr float kMaxMargin = 2.0F;

// Secret: with it and the photo's bytes the noise can be computed, and taken off again.
using NoiseKey = std::array<std::uint8_t, 32>;

struct RedactOptions {
  Style style = Style::kBlur;
  Shape shape = Shape::kEllipse;
  // From here on more margin costs area and covers few more heads (measured: docs/detection.md).
  float margin = 0.15F;  // 0..kMaxMargin: the box grows by this share of its size on each side
  int cells = 6;         // 1..kMaxCells across a face, pixelate only
  Color color{};         // fill only
  // pixelate of photos only. With a key the noise of a mosaic is a keyed hash of all that the mosaic averages
  // and of its place, so that the same work gives the same bytes; without one it is fresh for each call.
  std::optional<NoiseKey> noise_key = std::nullopt;
};

// A box that someone asks to have redacted, in pixels of the upright picture, with what is its own.
struct RequestedRegion {
  BoxF box;
  std::optional<Shape> shape = std::nullopt;   // none: that of the options
  std::optional<float> margin = std::nullopt;  // 0..kMaxMargin; none: as above. With its own it ends sharply
  std::optional<Style> style = std::nullopt;   // none: as above
};

}  // namespace face_privacy
