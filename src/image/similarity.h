// Maps of the plane that keep shapes.
#pragma once

#include <optional>
#include <span>

#include "image/geometry.h"

namespace face_privacy {

// Turns and scales, then moves: x' = a x - b y + dx, y' = b x + a y + dy.
struct Similarity {
  float a = 1;
  float b = 0;
  float dx = 0;
  float dy = 0;

  PointF apply(PointF at) const { return {a * at.x - b * at.y + dx, b * at.x + a * at.y + dy}; }
  // The box around the mapped center, its sides scaled but not turned: the place of something as large.
  BoxF carry(const BoxF& box) const;
  float scale() const;
  Similarity inverse() const;
  Similarity then(const Similarity& next) const;  // this first
  bool operator==(const Similarity&) const = default;
};

// By least squares; as many points on both sides. Nothing where they lie in one place or are no numbers.
std::optional<Similarity> fit_similarity(std::span<const PointF> from, std::span<const PointF> to);

}  // namespace face_privacy
