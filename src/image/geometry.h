// Geometry in pixels of the upright picture: x grows right, y grows down, (0, 0) is the top left
// corner of the top left pixel, whose center is (0.5, 0.5).
#pragma once

#include <algorithm>

namespace face_privacy {

struct Size {
  int width = 0;
  int height = 0;
  bool operator==(const Size&) const = default;
};

// Whole pixels, half-open: [x, x + width) x [y, y + height).
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  int right() const { return x + width; }
  int bottom() const { return y + height; }
  bool empty() const { return width <= 0 || height <= 0; }
  bool operator==(const Rect&) const = default;
};

struct PointF {
  float x = 0;
  float y = 0;
};

struct BoxF {
  float x = 0;
  float y = 0;
  float width = 0;
  float height = 0;

  float right() const { return x + width; }
  float bottom() const { return y + height; }
  float area() const { return std::max(0.F, width) * std::max(0.F, height); }
  PointF center() const { return {x + width / 2, y + height / 2}; }
};

// `angle_rad` turns the axes clockwise on the screen (x towards y).
struct Ellipse {
  PointF center;
  float radius_x = 0;
  float radius_y = 0;
  float angle_rad = 0;
};

inline Rect intersect(const Rect& a, const Rect& b) {
  const int x = std::max(a.x, b.x);
  const int y = std::max(a.y, b.y);
  const int right = std::min(a.right(), b.right());
  const int bottom = std::min(a.bottom(), b.bottom());
  return {x, y, std::max(0, right - x), std::max(0, bottom - y)};
}
Rect unite(const Rect& a, const Rect& b);  // the smallest that holds both; an empty one adds nothing
float intersection_area(const BoxF& a, const BoxF& b);
float intersection_over_union(const BoxF& a, const BoxF& b);

}  // namespace face_privacy
