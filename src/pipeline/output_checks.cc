#include "pipeline/output_checks.h"

#include <algorithm>

#include "codec/shared/orientation.h"
#include "redact/coverage_check.h"

namespace face_privacy {
namespace {

// The mirrored look sees other things than the looks before; the quickest profile, as it is the second.
constexpr Profile kSecondProfile = Profile::kFast;

Ellipse inside(const BoxF& box) { return {box.center(), box.width / 2, box.height / 2, 0}; }

// The places of one frame that must show nothing of the original.
std::vector<Ellipse> places_of(const PlannedCover& cover, std::size_t frame, std::size_t first_face) {
  std::vector<Ellipse> places;
  for (const Region& region : cover.regions[frame]) places.push_back(region.core);
  for (std::size_t i = 0; i < cover.faces[frame].size(); ++i) {
    if (!cover.kept[first_face + i]) places.push_back(inside(cover.faces[frame][i].box));
  }
  return places;
}

Image mirrored(const ImageView& view) {
  constexpr int kMirrored = 2;
  Image image(view.size(), view.layout);
  place_upright(view, 0, view.size(), kMirrored, image.mutable_view());
  return image;
}

bool meets(const BoxF& box, const BoxF& other) {
  return intersection_area(box, other) > 0.1F * std::min(box.area(), other.area());
}

BoxF box_of(const Region& region) {
  const Rect bounds = region.bounds();
  return {static_cast<float>(bounds.x), static_cast<float>(bounds.y), static_cast<float>(bounds.width),
          static_cast<float>(bounds.height)};
}

bool is_known(const BoxF& box, const PlannedCover& cover, std::size_t frame) {
  const auto& regions = cover.regions[frame];
  const auto& faces = cover.faces[frame];
  return std::any_of(regions.begin(), regions.end(),
                     [&](const Region& each) { return meets(box, box_of(each)); }) ||
         std::any_of(faces.begin(), faces.end(), [&](const Face& face) { return meets(box, face.box); });
}

class Look {
 public:
  Look(Size size, const PlannedCover& cover, const Detector& detector, const StopCondition& stop)
      : size_(size), cover_(cover), detector_(detector), stop_(stop) {}

  Result<void> at_frame(int index, const ImageView& original, const ImageView& output, OutputChecks& checks) {
    const auto frame = static_cast<std::size_t>(index);
    for (const Ellipse& place : places_of(cover_, frame, first_face_)) {
      ++checks.places;
      if (shows_original(left_detail(original, output, size_, place))) ++checks.showing;
    }
    first_face_ += cover_.faces[frame].size();
    return look_again(index, output, checks);
  }

 private:
  Result<void> look_again(int index, const ImageView& output, OutputChecks& checks) {
    const Image turned = mirrored(output);
    const auto found = detector_.find_faces({size_, {turned.view()}}, kSecondProfile, std::nullopt, stop_);
    if (!found) return fail(found);
    for (const Face& face : *found) {
      BoxF box = face.box;
      box.x = static_cast<float>(size_.width) - box.right();
      if (!is_known(box, cover_, static_cast<std::size_t>(index))) checks.to_review.push_back({index, box});
    }
    return {};
  }

  const Size size_;
  const PlannedCover& cover_;
  const Detector& detector_;
  const StopCondition& stop_;
  std::size_t first_face_ = 0;
};

int sufficient_px(const PlannedCover& cover, Size size, const Detector& detector) {
  int needed = detector.sufficient_px(kSecondProfile, size);
  std::size_t first_face = 0;
  for (std::size_t frame = 0; frame < cover.regions.size(); ++frame) {
    for (const Ellipse& place : places_of(cover, frame, first_face)) {
      needed = std::max(needed, needed_view_px(size, place));
    }
    first_face += cover.faces[frame].size();
  }
  return needed;
}

Result<OpenedPhoto> open_output(ByteView output, JpegPath path, const Limits& limits) {
  if (path != JpegPath::kInPlace) return open_photo(output, limits);
  auto opened = open_photo_in_place(output, limits);
  if (!opened) return fail(ErrorCode::kUnsupportedPhoto, "The result cannot be read in place.");
  return *opened;
}

}  // namespace

Result<OutputChecks> check_output(const OpenedPhoto& photo, ByteView output, JpegPath path,
                                  const PlannedCover& cover, const Detector& detector, const Limits& limits,
                                  const StopCondition& stop) {
  const auto opened = open_output(output, path, limits);
  if (!opened) return fail(opened);
  const Size size = photo.header.size;
  ImageUse use{path, sufficient_px(cover, size, detector), true, {}};
  const auto before = open_image(photo, limits, use);
  if (!before) return fail(before);
  const auto after = open_image(*opened, limits, use);
  if (!after) return fail(after);
  if ((*after)->size() != size || (*after)->frame_count() != (*before)->frame_count()) {
    return fail(ErrorCode::kDamagedPhoto, "The result is not of the photo's size.");
  }
  OutputChecks checks;
  Look look(size, cover, detector, stop);
  for (int i = 0; i < (*after)->frame_count(); ++i) {
    if (auto done = look.at_frame(i, (*before)->preview(i), (*after)->preview(i), checks); !done)
      return fail(done);
  }
  return checks;
}

}  // namespace face_privacy
