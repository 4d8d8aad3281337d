#include "track/box_math.h"

#include <algorithm>
#include <cmath>

namespace face_privacy {
namespace {

constexpr float kFarPx = 1e6F;  // beyond any picture; squares of it still fit a float

bool is_near(float value) { return std::abs(value) <= kFarPx; }  // not-a-number is not

}  // namespace

bool has_place(const BoxF& box) {
  return is_near(box.x) && is_near(box.y) && is_near(box.width) && is_near(box.height) && box.width > 0 &&
         box.height > 0 && box.area() > 0;
}

float side_of(const BoxF& box) { return std::sqrt(box.area()); }

BoxF hull(const BoxF& a, const BoxF& b) {
  const float x = std::min(a.x, b.x);
  const float y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

BoxF between(const BoxF& from, const BoxF& to, float share) {
  const auto mix = [share](float a, float b) { return a + (b - a) * share; };
  return {mix(from.x, to.x), mix(from.y, to.y), mix(from.width, to.width), mix(from.height, to.height)};
}

BoxF grown(const BoxF& box, float share, float px) {
  const float dx = box.width * share + px;
  const float dy = box.height * share + px;
  return {box.x - dx / 2, box.y - dy / 2, box.width + dx, box.height + dy};
}

BoxF moved(const BoxF& box, float dx, float dy) { return {box.x + dx, box.y + dy, box.width, box.height}; }

}  // namespace face_privacy
