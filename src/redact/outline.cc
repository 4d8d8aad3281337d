#include "redact/outline.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace face_privacy {
namespace {

// No picture is nearly as large; keeps the arithmetic on whole pixels far from overflow.
constexpr double kFarPx = 1 << 28;

// std::floor without the call that it is on older processors.
int floor_pixel(double value) {
  const double near = std::clamp(value, -kFarPx, kFarPx);
  const int towards_zero = static_cast<int>(near);
  return towards_zero - (near < towards_zero ? 1 : 0);
}
int ceil_pixel(double value) { return -floor_pixel(-value); }

// By how much both radii must grow so that the shape holds all that is within `reach` of it. An ellipse
// with radii longer by d is farther out by d cos(a) at least, where a is the angle between normal and
// radius (Kantorovich's inequality).
double growth(Shape shape, double reach, double radius_x, double radius_y) {
  if (shape == Shape::kBox) return reach;
  return reach * (radius_x + radius_y) / (2 * std::sqrt(radius_x * radius_y));
}

// The pixels of a row whose centers lie in [first, last].
Span span_of_centers(double first, double last) {
  if (!(first <= last)) return {};
  return {ceil_pixel(first - 0.5), floor_pixel(last - 0.5) + 1};
}

}  // namespace

Outline::Outline(const Region& region)
    : shape_(region.shape), style_(region.style), center_{region.core.center.x, region.core.center.y} {
  const Ellipse& core = region.core;
  const bool is_finite = std::isfinite(core.center.x) && std::isfinite(core.center.y) &&
                         std::isfinite(core.radius_x) && std::isfinite(core.radius_y);
  is_valid_ = is_finite && core.radius_x > 0 && core.radius_y > 0;
  if (!is_valid_) return;
  const double angle = std::isfinite(core.angle_rad) ? core.angle_rad : 0.0;
  cosine_ = std::cos(angle);
  sine_ = std::sin(angle);
  mean_radius_ = std::sqrt(static_cast<double>(core.radius_x) * core.radius_y);
  feather_ = std::isfinite(region.feather_px) ? std::max(0.F, region.feather_px) : 0.F;
  core_ = radii(core.radius_x, core.radius_y);
  full_ = radii(core.radius_x + feather_, core.radius_y + feather_);
  bounds_ = bounds_grown_by(0);
}

Outline::Radii Outline::radii(double x, double y) const {
  const double a = 1 / (x * x);
  const double b = 1 / (y * y);
  const double xx = cosine_ * cosine_ * a + sine_ * sine_ * b;
  return {x, y, xx, cosine_ * sine_ * (a - b), sine_ * sine_ * a + cosine_ * cosine_ * b, 1 / xx};
}

Rect Outline::bounds_grown_by(double reach_px) const {
  if (!is_valid_) return {};
  const double x = full_.x;
  const double y = full_.y;
  double half_width = std::abs(x * cosine_) + std::abs(y * sine_) + reach_px;
  double half_height = std::abs(x * sine_) + std::abs(y * cosine_) + reach_px;
  if (shape_ == Shape::kEllipse) {
    half_width = std::hypot(x * cosine_, y * sine_) + reach_px;
    half_height = std::hypot(x * sine_, y * cosine_) + reach_px;
  }
  const int left = floor_pixel(center_.x - half_width);
  const int top = floor_pixel(center_.y - half_height);
  return {left, top, ceil_pixel(center_.x + half_width) - left, ceil_pixel(center_.y + half_height) - top};
}

Span Outline::row(int y, const Radii& radii) const {
  if (!is_valid_) return {};
  const double dy = y + 0.5 - center_.y;
  if (shape_ == Shape::kEllipse) {
    const double half_b = radii.xy * dy;
    const double root = half_b * half_b - radii.xx * (radii.yy * dy * dy - 1);
    if (!(root >= 0)) return {};
    const double reach = std::sqrt(root);
    const double middle = center_.x - half_b * radii.per_xx;
    return span_of_centers(middle - reach * radii.per_xx, middle + reach * radii.per_xx);
  }
  // A box is where two strips cross: |dx cos + dy sin| <= radius x and |-dx sin + dy cos| <= radius y.
  double first = -std::numeric_limits<double>::infinity();
  double last = -first;
  const auto cut = [&](double slope, double offset, double reach) {
    if (slope == 0) {
      if (std::abs(offset) > reach) last = -std::numeric_limits<double>::infinity();
      return;
    }
    const double one = (-reach - offset) / slope;
    const double other = (reach - offset) / slope;
    first = std::max(first, std::min(one, other));
    last = std::min(last, std::max(one, other));
  };
  cut(cosine_, dy * sine_, radii.x);
  cut(-sine_, dy * cosine_, radii.y);
  return span_of_centers(center_.x + first, center_.x + last);
}

Outline::Rows Outline::compute_rows(int y) const {
  // Of a region with nearly no height rounding lets a row end pixels away from where the bounds do.
  const Span across{bounds_.x, bounds_.right()};
  const Span core = intersect(row(y, core_), across);
  const Span full = intersect(row(y, full_), across);
  if (core.empty()) return {core, full};
  return {core, {std::min(core.begin, full.begin), std::max(core.end, full.end)}};
}

void Outline::keep_rows(int first, int end) {
  kept_.clear();
  first_kept_ = first;
  for (int y = first; y < end; ++y) kept_.push_back(compute_rows(y));
}

Outline::Grown Outline::grown_by(double reach_px) const {
  if (!is_valid_) return {*this, {}};
  const double grown = growth(shape_, reach_px, full_.x, full_.y);
  return {*this, radii(full_.x + grown, full_.y + grown)};
}

EllipseRow Outline::ellipse_row(float dy) const {
  return {static_cast<float>(core_.xx),           static_cast<float>(2 * core_.xy) * dy,
          static_cast<float>(core_.yy) * dy * dy, static_cast<float>(full_.xx),
          static_cast<float>(2 * full_.xy) * dy,  static_cast<float>(full_.yy) * dy * dy};
}

bool Outline::blend_feather(int x, int y, int count, int channels, const std::uint8_t* patch,
                            std::uint8_t* samples) const {
  if (shape_ != Shape::kEllipse) return false;
  const auto dy = static_cast<float>(y + 0.5 - center_.y);
  const auto first_dx = static_cast<float>(x + 0.5 - center_.x);
  blend_ellipse_feather(ellipse_row(dy), first_dx, count, channels, patch, samples);
  return true;
}

void Outline::feather_weights(int x, int y, int count, float* weights) const {
  const auto dy = static_cast<float>(y + 0.5 - center_.y);
  const auto first_dx = static_cast<float>(x + 0.5 - center_.x);
  if (shape_ == Shape::kEllipse) {
    ellipse_feather(ellipse_row(dy), first_dx, count, weights);
    return;
  }
  const auto cosine = static_cast<float>(cosine_);
  const auto sine = static_cast<float>(sine_);
  const auto per_px = static_cast<float>(feather_ > 0 ? 1 / feather_ : 0.0);
  const auto radius_x = static_cast<float>(core_.x);
  const auto radius_y = static_cast<float>(core_.y);
  for (int i = 0; i < count; ++i) {
    const float dx = first_dx + static_cast<float>(i);
    const float beyond_x = std::abs(dx * cosine + dy * sine) - radius_x;
    const float beyond_y = std::abs(dy * cosine - dx * sine) - radius_y;
    float share_x = std::clamp(1.F - beyond_x * per_px, 0.F, 1.F);
    float share_y = std::clamp(1.F - beyond_y * per_px, 0.F, 1.F);
    ease(share_x);
    ease(share_y);
    weights[i] = share_x * share_y;
  }
}

PointD Outline::from_local(PointD direction) const {
  return {direction.x * cosine_ - direction.y * sine_, direction.x * sine_ + direction.y * cosine_};
}

Outline::EdgePoint Outline::edge(PointD unit) const {
  PointD normal{unit.x / full_.x, unit.y / full_.y};
  if (shape_ == Shape::kBox) {
    const bool is_side = std::abs(unit.x) >= std::abs(unit.y);
    normal = is_side ? PointD{unit.x, 0} : PointD{0, unit.y};
  }
  const double length = std::sqrt(normal.x * normal.x + normal.y * normal.y);
  const PointD offset = from_local({unit.x * full_.x, unit.y * full_.y});
  return {{center_.x + offset.x, center_.y + offset.y}, from_local({normal.x / length, normal.y / length})};
}

Rect Region::bounds() const { return Outline(*this).bounds(); }

Region Region::on_plane(int shrink_x, int shrink_y) const {
  if (shrink_x == 1 && shrink_y == 1) return *this;
  Region plane = *this;
  plane.core.center = {core.center.x / static_cast<float>(shrink_x),
                       core.center.y / static_cast<float>(shrink_y)};
  // Half axes, as vectors of the plane. Shrinking by different factors makes them oblique.
  const double cosine = std::cos(core.angle_rad);
  const double sine = std::sin(core.angle_rad);
  const PointD u{cosine * core.radius_x / shrink_x, sine * core.radius_x / shrink_y};
  const PointD v{-sine * core.radius_y / shrink_x, cosine * core.radius_y / shrink_y};
  double radius_x = 0;
  double radius_y = 0;
  double angle = 0;
  if (shape == Shape::kEllipse) {
    // The axes of u cos t + v sin t are the eigenvectors of u u' + v v'.
    const double half_difference = (u.x * u.x + v.x * v.x - u.y * u.y - v.y * v.y) / 2;
    const double mean = (u.x * u.x + v.x * v.x + u.y * u.y + v.y * v.y) / 2;
    const double mixed = u.x * u.y + v.x * v.y;
    const double root = std::hypot(half_difference, mixed);
    angle = std::atan2(mixed, half_difference) / 2;
    radius_x = std::sqrt(mean + root);
    radius_y = std::sqrt(std::max(0.0, mean - root));
  } else {
    // A turned box becomes a parallelogram, and this the box around it.
    const double length = std::hypot(u.x, u.y);
    const double along = (u.x * v.x + u.y * v.y) / length;
    const double across = (u.x * v.y - u.y * v.x) / length;
    angle = std::atan2(u.y, u.x);
    radius_x = length + std::abs(along);
    radius_y = std::abs(across);
  }
  // How far from a sample's center that of one of its pixels may be.
  const double offset = std::hypot(0.5 - 0.5 / shrink_x, 0.5 - 0.5 / shrink_y);
  const double grown = growth(shape, offset, radius_x, radius_y);
  plane.core.angle_rad = static_cast<float>(angle);
  plane.core.radius_x = static_cast<float>(radius_x + grown);
  plane.core.radius_y = static_cast<float>(radius_y + grown);
  plane.feather_px = static_cast<float>(
      std::max(0.0, static_cast<double>(feather_px) / std::max(shrink_x, shrink_y) - grown));
  return plane;
}

std::vector<Rect> Region::bands(Size picture, int band_px) const {
  const Outline outline(*this);
  const Rect rows = intersect(outline.bounds(), {0, 0, picture.width, picture.height});
  std::vector<Rect> bands;
  for (int y = rows.y; y < rows.bottom();) {
    const int end = std::min(rows.bottom(), (y / band_px + 1) * band_px);
    Rect band;
    for (; y < end; ++y) {
      const Span span = intersect(outline.full_row(y), {0, picture.width});
      if (!span.empty()) band = unite(band, {span.begin, y, span.size(), 1});
    }
    if (!band.empty()) bands.push_back(band);
  }
  return bands;
}

}  // namespace face_privacy
