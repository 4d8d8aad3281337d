#include "pipeline/test_support.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace face_privacy {
namespace {

constexpr float kLeastBareShare = 1.F / 3;

bool holds(const Ellipse& ellipse, PointF point) {
  const float right = point.x - ellipse.center.x;
  const float down = point.y - ellipse.center.y;
  const float cosine = std::cos(ellipse.angle_rad);
  const float sine = std::sin(ellipse.angle_rad);
  const float x = (right * cosine + down * sine) / ellipse.radius_x;
  const float y = (down * cosine - right * sine) / ellipse.radius_y;
  return x * x + y * y < 1;
}

Photo decoded_again(const PlannedPhoto& planned) {
  auto photo = decode(planned.file, Limits{});
  if (!photo) throw std::runtime_error("a photo that was read before cannot be read");
  return std::move(*photo);
}

Bytes redacted(Photo photo, const std::vector<Region>& regions, Style style) {
  const std::vector<std::vector<Region>> frames{regions};
  RedactOptions options;
  options.style = style;
  auto file = encode(Redactor::redact(std::move(photo), frames, options), {});
  if (!file) throw std::runtime_error("a redacted photo cannot be written");
  return std::move(*file);
}

std::vector<Region> regions_without(const PlannedPhoto& planned, std::size_t index) {
  std::vector<Region> regions = planned.regions[0];
  regions.erase(regions.begin() + static_cast<std::ptrdiff_t>(index));
  return regions;
}

// By the face's width, and at least by the smallest region's.
std::vector<Region> regions_with_one_aside(const PlannedPhoto& planned, std::size_t face, std::size_t index) {
  std::vector<Region> regions = planned.regions[0];
  regions[index].core.center.x += std::max(planned.faces[0][face].box.width, kMinRegionPx);
  return regions;
}

// How much of a face no region covers, 0..1.
float bare_share(const Face& face, const std::vector<Region>& regions) {
  constexpr int kPoints = 16;
  const Ellipse place = inside(face.box);
  int inside_face = 0;
  int bare = 0;
  for (int i = 0; i < kPoints * kPoints; ++i) {
    const int column = i % kPoints;
    const int row = i / kPoints;
    const PointF point{face.box.x + face.box.width * (static_cast<float>(column) + 0.5F) / kPoints,
                       face.box.y + face.box.height * (static_cast<float>(row) + 0.5F) / kPoints};
    if (!holds(place, point)) continue;
    ++inside_face;
    bare += std::none_of(regions.begin(), regions.end(),
                         [&](const Region& region) { return holds(region.core, point); })
                ? 1
                : 0;
  }
  return static_cast<float>(bare) / static_cast<float>(inside_face);
}

// One pass of a blur over an area of 8-bit pixels, along x or along y.
void blur_pass(const ImageView& from, const MutableImageView& to, const Rect& area, float sigma,
               bool along_x) {
  const int step_bytes = from.layout.bytes_per_pixel();
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  for (int y = area.y; y < area.bottom(); ++y) {
    for (int i = step_bytes * area.x; i < step_bytes * area.right(); ++i) {
      float sum = 0;
      float weights = 0;
      for (int step = -reach; step <= reach; ++step) {
        const float weight = std::exp(-static_cast<float>(step * step) / (2 * sigma * sigma));
        sum +=
            weight * static_cast<float>(along_x ? from.row(y)[i + step_bytes * step] : from.row(y + step)[i]);
        weights += weight;
      }
      to.row(y)[i] = static_cast<std::uint8_t>(sum / weights);
    }
  }
}

// A blur of the face's own pixels where the region is.
void blur_weakly(Photo& photo, const Region& region, float sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  const Size size = photo.frame_size();
  const Rect inner =
      intersect(region.bounds(), {2 * reach, 2 * reach, size.width - 4 * reach, size.height - 4 * reach});
  const Rect outer{inner.x, inner.y - reach, inner.width, inner.height + 2 * reach};
  Image across = photo.pixels.clone();
  Image both = photo.pixels.clone();
  blur_pass(photo.pixels.view(), across.mutable_view(), outer, sigma, true);
  blur_pass(across.view(), both.mutable_view(), inner, sigma, false);
  photo.pixels = std::move(both);
}

}  // namespace

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::kAside: return "region a face aside";
    case Fault::kSkipped: return "region left out";
    case Fault::kForgotten: return "face not planned";
    case Fault::kWeakBlur: return "Gaussian of 1/30";
  }
  return "";
}

Result<PlannedPhoto> plan_photo(Bytes file, const Detector& detector, Profile profile,
                                std::optional<float> min_score) {
  PlannedPhoto planned;
  planned.file = std::move(file);
  auto opened = open_photo(planned.file, Limits{});
  if (!opened) return fail(opened);
  planned.photo = std::move(*opened);
  const auto photo = decode(planned.file, Limits{});
  if (!photo) return fail(photo);
  if (photo->pixels.layout().bytes_per_sample != 1 || photo->frame_count != 1)
    return fail(ErrorCode::kUnsupportedPhoto, "not of 8 bits, or animated");
  auto faces = detector.find_faces({photo->frame_size(), {photo->frame(0)}}, profile, min_score, {});
  if (!faces) return fail(faces);
  planned.faces.push_back(std::move(*faces));
  planned.regions.push_back(plan_regions(planned.faces[0], {}, {}, {}));
  planned.kept.resize(planned.faces[0].size());
  return planned;
}

PlannedPhoto copy_of(const PlannedPhoto& planned) {
  PlannedPhoto copy = planned;
  copy.photo.file = copy.file;
  return copy;
}

std::optional<std::size_t> only_region_over(const PlannedPhoto& planned, std::size_t face) {
  const PointF middle = planned.faces[0][face].box.center();
  std::optional<std::size_t> only;
  for (std::size_t i = 0; i < planned.regions[0].size(); ++i) {
    if (!holds(planned.regions[0][i].core, middle)) continue;
    if (only) return std::nullopt;
    only = i;
  }
  if (!only) return only;
  const std::vector<Region> aside = regions_with_one_aside(planned, face, *only);
  return bare_share(planned.faces[0][face], aside) < kLeastBareShare ? std::nullopt : only;
}

Bytes with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault, Style style) {
  const std::size_t region = only_region_over(planned, face).value();
  Photo photo = decoded_again(planned);
  if (fault == Fault::kAside)
    return redacted(std::move(photo), regions_with_one_aside(planned, face, region), style);
  if (fault == Fault::kWeakBlur)
    blur_weakly(photo, planned.regions[0][region], planned.faces[0][face].box.width / 30);
  return redacted(std::move(photo), regions_without(planned, region), style);
}

PlannedPhoto plan_with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault) {
  PlannedPhoto changed = copy_of(planned);
  if (fault == Fault::kForgotten)
    changed.regions[0] = regions_without(planned, only_region_over(planned, face).value());
  return changed;
}

}  // namespace face_privacy
