#include "image/similarity.h"

#include <cmath>
#include <cstddef>

namespace face_privacy {

BoxF Similarity::carry(const BoxF& box) const {
  const PointF center = apply(box.center());
  const float by = scale();
  return {center.x - by * box.width / 2, center.y - by * box.height / 2, by * box.width, by * box.height};
}

float Similarity::scale() const { return std::hypot(a, b); }

Similarity Similarity::inverse() const {
  const float squared = a * a + b * b;
  const float ia = a / squared;
  const float ib = -b / squared;
  return {ia, ib, -(ia * dx - ib * dy), -(ib * dx + ia * dy)};
}

Similarity Similarity::then(const Similarity& next) const {
  const PointF moved = next.apply(PointF{dx, dy});
  return {next.a * a - next.b * b, next.b * a + next.a * b, moved.x, moved.y};
}

std::optional<Similarity> fit_similarity(std::span<const PointF> from, std::span<const PointF> to) {
  const auto count = static_cast<double>(from.size());
  double from_x = 0;
  double from_y = 0;
  double to_x = 0;
  double to_y = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    from_x += from[i].x / count;
    from_y += from[i].y / count;
    to_x += to[i].x / count;
    to_y += to[i].y / count;
  }
  double squares = 0;
  double along = 0;
  double across = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const double fx = from[i].x - from_x;
    const double fy = from[i].y - from_y;
    const double tx = to[i].x - to_x;
    const double ty = to[i].y - to_y;
    squares += fx * fx + fy * fy;
    along += fx * tx + fy * ty;
    across += fx * ty - fy * tx;
  }
  const double a = along / squares;
  const double b = across / squares;
  if (!std::isfinite(a) || !std::isfinite(b) || !(std::hypot(a, b) > 1e-6)) return std::nullopt;
  return Similarity{static_cast<float>(a), static_cast<float>(b),
                    static_cast<float>(to_x - a * from_x + b * from_y),
                    static_cast<float>(to_y - b * from_x - a * from_y)};
}

}  // namespace face_privacy
