#include "image/geometry.h"

namespace face_privacy {

Rect unite(const Rect& a, const Rect& b) {
  if (a.empty()) return b;
  if (b.empty()) return a;
  const int x = std::min(a.x, b.x);
  const int y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

float intersection_area(const BoxF& a, const BoxF& b) {
  const float width = std::min(a.right(), b.right()) - std::max(a.x, b.x);
  const float height = std::min(a.bottom(), b.bottom()) - std::max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0.F;
}

float intersection_over_union(const BoxF& a, const BoxF& b) {
  const float both = intersection_area(a, b);
  const float either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0.F;
}

}  // namespace face_privacy
