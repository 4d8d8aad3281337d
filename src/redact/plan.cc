#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <optional>

#include "redact/redact.h"

namespace face_privacy {
namespace {

// Farther than any picture reaches, near enough for float coordinates to stay exact to 1/16 px.
constexpr double kFarthestSidePx = 1 << 20;

// A pixel that a box's edge cuts belongs to the box as a whole; half a pixel's diagonal does that.
constexpr double kEdgePx = 0.75;

constexpr double kFeatherShare = 0.12;  // of the radius; docs/privacy.md
constexpr double kMinFeatherPx = 2;

struct GrownBox {
  double center_x = 0;
  double center_y = 0;
  double half_width = 0;
  double half_height = 0;
};

// None for a box that has no place. One with its sides swapped counts as what lies between them.
std::optional<GrownBox> grow(const BoxF& box, double margin) {
  const double edge_x = static_cast<double>(box.x) + box.width;
  const double edge_y = static_cast<double>(box.y) + box.height;
  if (std::isnan(edge_x) || std::isnan(edge_y) || std::isnan(box.x) || std::isnan(box.y)) return std::nullopt;
  const double left = std::clamp(std::min<double>(box.x, edge_x), -kFarthestSidePx, kFarthestSidePx);
  const double right = std::clamp(std::max<double>(box.x, edge_x), -kFarthestSidePx, kFarthestSidePx);
  const double top = std::clamp(std::min<double>(box.y, edge_y), -kFarthestSidePx, kFarthestSidePx);
  const double bottom = std::clamp(std::max<double>(box.y, edge_y), -kFarthestSidePx, kFarthestSidePx);
  const double factor = 0.5 * (1 + 2 * margin);
  return GrownBox{(left + right) / 2, (top + bottom) / 2, (right - left) * factor + kEdgePx,
                  (bottom - top) * factor + kEdgePx};
}

double angle_between(double one, double other) { return std::remainder(one - other, 2 * std::numbers::pi); }

// How far the head is turned in the picture, from the eye line and from the line between eyes and
// mouth; 0 where the landmarks do not make a face (a detector gives some for any box).
double head_tilt(const Face& face) {
  const Landmarks& marks = face.landmarks;
  const double size = std::max(face.box.width, face.box.height);
  for (const PointF& mark : {marks.left_eye, marks.right_eye, marks.mouth_left, marks.mouth_right}) {
    const PointF middle = face.box.center();
    const bool is_near =
        std::abs(mark.x - middle.x) <= 0.75 * size && std::abs(mark.y - middle.y) <= 0.75 * size;
    if (!is_near) return 0;  // also not-a-number
  }
  const double eye_x = static_cast<double>(marks.left_eye.x) - marks.right_eye.x;
  const double eye_y = static_cast<double>(marks.left_eye.y) - marks.right_eye.y;
  const double down_x =
      (static_cast<double>(marks.mouth_left.x) + marks.mouth_right.x - marks.left_eye.x - marks.right_eye.x) /
      2;
  const double down_y =
      (static_cast<double>(marks.mouth_left.y) + marks.mouth_right.y - marks.left_eye.y - marks.right_eye.y) /
      2;
  // Eyes are 0.4 to 0.5 of the face's width apart seen from the front, eyes and mouth 0.35 to 0.4 of
  // its height. Turned to profile the eyes close up, and their line tells nothing any more.
  const double eyes = std::hypot(eye_x, eye_y);
  const double down = std::hypot(down_x, down_y);
  if (eyes < 0.15 * size || eyes > 0.9 * size || down < 0.15 * size || down > 0.9 * size) return 0;
  const double by_eyes = std::atan2(eye_y, eye_x);
  const double by_mouth = std::atan2(-down_x, down_y);
  const double difference = angle_between(by_mouth, by_eyes);
  if (std::abs(difference) > std::numbers::pi / 6) return 0;
  return by_eyes + difference / 2;
}

// The smallest ellipse with axes turned by `angle` that holds the box. With 1/rx^2 and 1/ry^2 as
// unknowns each corner is a straight line, and the area is least either where the product is
// greatest on one line or where the two lines cross.
Ellipse enclosing_ellipse(const GrownBox& box, double angle) {
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const auto squared = [](double value) { return value * value; };
  const double u1 = squared(box.half_width * c + box.half_height * s);
  const double v1 = squared(box.half_height * c - box.half_width * s);
  const double u2 = squared(box.half_width * c - box.half_height * s);
  const double v2 = squared(box.half_height * c + box.half_width * s);
  const auto reach = [&](double a, double b) { return std::max(a * u1 + b * v1, a * u2 + b * v2); };
  constexpr double kTolerance = 1 + 1e-9;
  double a = 1 / (2 * u1);
  double b = 1 / (2 * v1);
  if (!(reach(a, b) <= kTolerance)) {
    a = 1 / (2 * u2);
    b = 1 / (2 * v2);
  }
  if (!(reach(a, b) <= kTolerance)) {
    const double determinant = u1 * v2 - u2 * v1;
    a = (v2 - v1) / determinant;
    b = (u1 - u2) / determinant;
  }
  return {{static_cast<float>(box.center_x), static_cast<float>(box.center_y)},
          static_cast<float>(1 / std::sqrt(a)),
          static_cast<float>(1 / std::sqrt(b)),
          static_cast<float>(angle)};
}

double feather_of(const Region& region) {
  const double radius = std::sqrt(static_cast<double>(region.core.radius_x) * region.core.radius_y);
  return std::max(kMinFeatherPx, kFeatherShare * radius);
}

std::optional<Region> region_for(const Face& face, double tilt, const RedactOptions& options) {
  const double margin = options.margin >= 0 ? std::min(options.margin, kMaxMargin) : 0.F;
  const auto box = grow(face.box, margin);
  if (!box) return std::nullopt;
  Region region;
  region.shape = options.shape;
  if (options.shape == Shape::kEllipse) {
    region.core = enclosing_ellipse(*box, tilt);
  } else {
    // Not turned: a turned box that holds this one would have up to twice its area.
    region.core = {{static_cast<float>(box->center_x), static_cast<float>(box->center_y)},
                   static_cast<float>(box->half_width),
                   static_cast<float>(box->half_height),
                   0};
  }
  region.core.radius_x = std::max(region.core.radius_x, kMinRegionPx / 2);
  region.core.radius_y = std::max(region.core.radius_y, kMinRegionPx / 2);
  region.feather_px = static_cast<float>(feather_of(region));
  return region;
}

std::optional<Region> region_for(const RequestedRegion& requested, RedactOptions options) {
  options.shape = requested.shape.value_or(options.shape);
  options.margin = requested.margin.value_or(options.margin);
  Face face;
  face.box = requested.box;
  auto region = region_for(face, 0, options);
  if (region) region->style = requested.style;
  if (region && requested.margin) region->feather_px = static_cast<float>(kMinFeatherPx);
  return region;
}

// An axis-aligned box by its edges; the core of a region that gives way.
struct Edges {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool meets(const Edges& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
  double area() const { return std::max(0.0, right - left) * std::max(0.0, bottom - top); }
};

Edges edges_of(const GrownBox& box) {
  return {box.center_x - box.half_width, box.center_y - box.half_height, box.center_x + box.half_width,
          box.center_y + box.half_height};
}

Region boxed(const Edges& edges, std::optional<Style> style) {
  const PointF center{static_cast<float>((edges.left + edges.right) / 2),
                      static_cast<float>((edges.top + edges.bottom) / 2)};
  return {Shape::kBox,
          {center, static_cast<float>((edges.right - edges.left) / 2),
           static_cast<float>((edges.bottom - edges.top) / 2), 0},
          static_cast<float>(kMinFeatherPx),
          style};
}

bool reaches_into(Shape shape, const Edges& bounds, const Edges& kept) {
  if (!kept.meets(bounds)) return false;
  if (shape == Shape::kBox) return true;
  // The nearest point of the kept box, as if the ellipse's axes lay along the picture's.
  const double x = (bounds.left + bounds.right) / 2;
  const double y = (bounds.top + bounds.bottom) / 2;
  const double dx = std::clamp(x, kept.left, kept.right) - x;
  const double dy = std::clamp(y, kept.top, kept.bottom) - y;
  return std::hypot(2 * dx / (bounds.right - bounds.left), 2 * dy / (bounds.bottom - bounds.top)) < 1;
}

// Takes from `edges` what lies over `kept` on the side where the two are farthest apart, down to `own`.
void cut(Edges& edges, const Edges& own, const Edges& kept) {
  if (!edges.meets(kept)) return;
  const std::array gaps{kept.left - own.right, own.left - kept.right, kept.top - own.bottom,
                        own.top - kept.bottom};
  switch (std::max_element(gaps.begin(), gaps.end()) - gaps.begin()) {
    case 0: edges.right = std::max(own.right, kept.left); return;
    case 1: edges.left = std::min(own.left, kept.right); return;
    case 2: edges.bottom = std::max(own.bottom, kept.top); return;
    default: edges.top = std::min(own.top, kept.bottom);
  }
}

// A region whose own box and the kept face are mostly one stays as it is: someone asked for just that.
bool needs_it_all(const Edges& own, const Edges& kept) {
  const Edges shared{std::max(own.left, kept.left), std::max(own.top, kept.top),
                     std::min(own.right, kept.right), std::min(own.bottom, kept.bottom)};
  return shared.area() >= std::min(own.area(), kept.area()) / 2;
}

Region giving_way(const Region& region, const BoxF& box, double margin, std::span<const Edges> kept_faces) {
  const auto own_box = grow(box, 0);
  const auto grown_box = grow(box, margin);
  if (kept_faces.empty() || !own_box || !grown_box) return region;
  const Edges own = edges_of(*own_box);
  const Rect whole = region.bounds();
  const Edges bounds{static_cast<double>(whole.x), static_cast<double>(whole.y),
                     static_cast<double>(whole.right()), static_cast<double>(whole.bottom())};
  Edges edges = edges_of(*grown_box);
  bool gives_way = false;
  for (const Edges& kept : kept_faces) {
    if (!reaches_into(region.shape, bounds, kept) || needs_it_all(own, kept)) continue;
    gives_way = true;
    // The feather goes outwards from the core.
    cut(edges, own,
        {kept.left - kMinFeatherPx, kept.top - kMinFeatherPx, kept.right + kMinFeatherPx,
         kept.bottom + kMinFeatherPx});
  }
  return gives_way ? boxed(edges, region.style) : region;
}

std::vector<Edges> kept_places(std::span<const Face> faces, const std::vector<bool>& is_left,
                               std::span<const BoxF> keep) {
  std::vector<Edges> kept;
  const auto add = [&](const BoxF& box) {
    if (const auto place = grow(box, 0)) kept.push_back(edges_of(*place));
  };
  for (std::size_t i = 0; i < faces.size(); ++i) {
    if (is_left[i]) add(faces[i].box);
  }
  if (faces.empty()) std::for_each(keep.begin(), keep.end(), add);
  return kept;
}

}  // namespace

bool is_kept(const BoxF& face, std::span<const BoxF> keep) {
  const float area = face.area();
  if (!(area > 0) || !std::isfinite(area)) return false;
  return std::any_of(keep.begin(), keep.end(),
                     [&](const BoxF& box) { return intersection_area(face, box) >= area / 2; });
}

std::vector<Region> plan_regions(std::span<const Face> faces, std::span<const RequestedRegion> requested,
                                 std::span<const BoxF> keep, const RedactOptions& options) {
  return plan_regions(faces, {}, requested, keep, options);
}

std::vector<Region> plan_regions(std::span<const Face> faces, const std::vector<bool>& kept,
                                 std::span<const RequestedRegion> requested, std::span<const BoxF> keep,
                                 const RedactOptions& options) {
  std::vector<bool> is_left(faces.size());
  for (std::size_t i = 0; i < faces.size(); ++i) {
    is_left[i] = (i < kept.size() && kept[i]) || is_kept(faces[i].box, keep);
  }
  std::vector<Region> regions;
  regions.reserve(faces.size() + requested.size());
  const std::vector<Edges> places = kept_places(faces, is_left, keep);
  const auto add = [&](const std::optional<Region>& region, const BoxF& box, float margin) {
    if (region) regions.push_back(giving_way(*region, box, margin, places));
  };
  for (std::size_t i = 0; i < faces.size(); ++i) {
    const Face& face = faces[i];
    if (!is_left[i]) add(region_for(face, head_tilt(face), options), face.box, options.margin);
  }
  for (const RequestedRegion& one : requested) {
    add(region_for(one, options), one.box, one.margin.value_or(options.margin));
  }
  return regions;
}

}  // namespace face_privacy
