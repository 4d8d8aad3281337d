// Which pixels a region covers, and how much. A pixel belongs to what holds its center.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "redact/redact.h"
#include "redact/row_kernels.h"

namespace face_privacy {

// Pixels [begin, end) of one row.
struct Span {
  int begin = 0;
  int end = 0;

  int size() const { return end - begin; }
  bool empty() const { return end <= begin; }
};

inline Span intersect(Span a, Span b) { return {std::max(a.begin, b.begin), std::min(a.end, b.end)}; }

struct PointD {
  double x = 0;
  double y = 0;
};

// A region made ready for rasterizing. Everything is told in pixels of the picture and computed from
// absolute coordinates alone, so that a patch of a picture gives what the whole picture gives.
class Outline {
 public:
  explicit Outline(const Region& region);

  // False for a region without a place or extent (not-a-number, infinite, radius 0): it covers nothing.
  bool is_valid() const { return is_valid_; }

  // Holds every row.
  const Rect& bounds() const { return bounds_; }
  // Of all that is within `reach_px` of the feather's edge.
  Rect bounds_grown_by(double reach_px) const;

  // Computes the rows first <= y < end once, for those who ask for them more than once.
  void keep_rows(int first, int end);

  // Redacted altogether.
  Span core_row(int y) const {
    const Rows* kept = kept_rows(y);
    return kept != nullptr ? kept->core : compute_rows(y).core;
  }
  // With the feather; holds core_row.
  Span full_row(int y) const {
    const Rows* kept = kept_rows(y);
    return kept != nullptr ? kept->full : compute_rows(y).full;
  }
  // The rows of all that is within `reach_px` of the feather's edge.
  class Grown;
  Grown grown_by(double reach_px) const;

  // How much of the redaction a pixel of the feather shows, 0..1, for `count` pixels from `x` on.
  void feather_weights(int x, int y, int count, float* weights) const;
  // Blends that much of it over 8-bit pixels of one or two channels. False, and nothing done, for a box.
  bool blend_feather(int x, int y, int count, int channels, const std::uint8_t* patch,
                     std::uint8_t* samples) const;

  double mean_radius() const { return mean_radius_; }
  // To coordinates in which the core is the unit disc, or for a box the square from -1 to 1.
  PointD to_unit(PointD at) const {
    const PointD local = to_local(at);
    return {local.x / core_.x, local.y / core_.y};
  }
  // Of such coordinates: 0 in the middle, 1 on the core's edge, and on from there.
  double level(PointD unit) const {
    if (shape_ == Shape::kEllipse) return std::sqrt(unit.x * unit.x + unit.y * unit.y);
    return std::max(std::abs(unit.x), std::abs(unit.y));
  }

  struct EdgePoint {
    PointD at;
    PointD outwards;  // unit vector
  };
  // A point of the feather's outer edge, in the direction of a point of the core's edge.
  EdgePoint edge(PointD unit) const;
  Shape shape() const { return shape_; }
  std::optional<Style> style() const { return style_; }

 private:
  struct Radii {
    double x = 0;
    double y = 0;
    // The ellipse's quadratic form: xx dx^2 + 2 xy dx dy + yy dy^2 <= 1.
    double xx = 0;
    double xy = 0;
    double yy = 0;
    double per_xx = 0;  // 1 / xx
  };
  struct Rows {
    Span core;
    Span full;
  };
  Radii radii(double x, double y) const;
  const Rows* kept_rows(int y) const {
    const auto at = static_cast<std::size_t>(static_cast<std::int64_t>(y) - first_kept_);
    return at < kept_.size() ? &kept_[at] : nullptr;
  }
  Rows compute_rows(int y) const;
  EllipseRow ellipse_row(float dy) const;
  Span row(int y, const Radii& radii) const;
  PointD to_local(PointD at) const {
    const double dx = at.x - center_.x;
    const double dy = at.y - center_.y;
    return {dx * cosine_ + dy * sine_, dy * cosine_ - dx * sine_};
  }
  PointD from_local(PointD direction) const;

  bool is_valid_ = false;
  Shape shape_ = Shape::kEllipse;
  std::optional<Style> style_;
  PointD center_;
  double cosine_ = 1;
  double sine_ = 0;
  double feather_ = 0;
  double mean_radius_ = 0;
  Rect bounds_;
  Radii core_;
  Radii full_;
  std::vector<Rows> kept_;
  int first_kept_ = 0;
};

// The outline must outlive it.
class Outline::Grown {
 public:
  Span row(int y) const { return outline_.row(y, radii_); }

 private:
  friend class Outline;
  Grown(const Outline& outline, const Radii& radii) : outline_(outline), radii_(radii) {}

  const Outline& outline_;
  Radii radii_;
};

}  // namespace face_privacy
