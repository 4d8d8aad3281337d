#include "pipeline/test_support.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace face_privacy {
namespace {

bool holds(const Ellipse& ellipse, PointF point) {
  const float x = (point.x - ellipse.center.x) / ellipse.radius_x;
  const float y = (point.y - ellipse.center.y) / ellipse.radius_y;
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
  return only;
}

Bytes with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault, Style style) {
  const std::size_t region = only_region_over(planned, face).value();
  const float width = planned.faces[0][face].box.width;
  Photo photo = decoded_again(planned);
  if (fault == Fault::kAside) {
    std::vector<Region> moved = planned.regions[0];
    moved[region].core.center.x += std::max(width, kMinRegionPx);
    return redacted(std::move(photo), moved, style);
  }
  if (fault == Fault::kWeakBlur) blur_weakly(photo, planned.regions[0][region], width / 30);
  return redacted(std::move(photo), regions_without(planned, region), style);
}

PlannedPhoto plan_with_fault(const PlannedPhoto& planned, std::size_t face, Fault fault) {
  PlannedPhoto changed = copy_of(planned);
  if (fault == Fault::kForgotten)
    changed.regions[0] = regions_without(planned, only_region_over(planned, face).value());
  return changed;
}

}  // namespace face_privacy
