#include "pipeline/output_checks.h"

#include <algorithm>

#include "pipeline/people.h"
#include "redact/coverage_check.h"

namespace face_privacy {
namespace {

// The places of one frame that must show nothing of the original.
std::vector<Ellipse> places_of(const PlannedCover& cover, std::size_t frame, std::size_t first_face) {
  std::vector<Ellipse> places;
  for (const Region& region : cover.regions[frame]) places.push_back(region.core);
  for (std::size_t i = 0; i < cover.faces[frame].size(); ++i) {
    if (!cover.kept[first_face + i]) places.push_back(inside(cover.faces[frame][i].box));
  }
  return places;
}

// What a second look may find without anybody having to be told.
std::vector<BoxF> known_boxes(const PlannedCover& cover, std::size_t frame) {
  std::vector<BoxF> known;
  for (const Region& region : cover.regions[frame]) known.push_back(box_of(region));
  for (const Face& face : cover.faces[frame]) known.push_back(face.box);
  return known;
}

// Eyes and mouth of a few pixels are hardly contrasts: of a small face what its region covers at least
// counts.
Ellipse as_large_as_a_region(Ellipse place) {
  place.radius_x = std::max(place.radius_x, kMinRegionPx / 2);
  place.radius_y = std::max(place.radius_y, kMinRegionPx / 2);
  return place;
}

bool shows(const ImageView& original, const ImageView& output, Size size, const Ellipse& place) {
  if (shows_original(left_detail(original, output, size, place))) return true;
  if (std::min(place.radius_x, place.radius_y) >= kMinRegionPx / 2) return false;
  return shows_original(left_detail(original, output, size, as_large_as_a_region(place)));
}

class Look {
 public:
  Look(Size size, const PlannedCover& cover, const Checkers& checkers, const StopCondition& stop)
      : size_(size), cover_(cover), checkers_(checkers), stop_(stop) {}

  Result<void> at_frame(int index, const ImageView& original, const ImageView& output, OutputChecks& checks) {
    const auto frame = static_cast<std::size_t>(index);
    if (checkers_.recognizer != nullptr) {
      if (!checks.likeness) checks.likeness.emplace();
      if (auto done = compare_faces(frame, {original, output, size_}, *checks.likeness); !done) return done;
    }
    for (const Ellipse& place : places_of(cover_, frame, first_face_)) {
      ++checks.places;
      if (shows(original, output, size_, place)) ++checks.showing;
    }
    first_face_ += cover_.faces[frame].size();
    const auto found = look_again(output, size_, known_boxes(cover_, frame), checkers_.second, stop_);
    if (!found) return fail(found);
    for (const BoxF& box : *found) checks.to_review.push_back({index, box});
    return {};
  }

 private:
  Result<void> compare_faces(std::size_t frame, const PictureBeforeAfter& picture, LikenessCheck& likeness) {
    for (std::size_t i = 0; i < cover_.faces[frame].size(); ++i) {
      if (cover_.kept[first_face_ + i]) continue;
      if (auto running = stop_.check(); !running) return running;
      likeness.add(is_alike(cover_.faces[frame][i], picture, *checkers_.recognizer));
    }
    return {};
  }

  const Size size_;
  const PlannedCover& cover_;
  const Checkers& checkers_;
  const StopCondition& stop_;
  std::size_t first_face_ = 0;
};

int sufficient_px(const PlannedCover& cover, Size size, const Checkers& checkers) {
  int needed = checkers.second.detector.sufficient_px(kSecondProfile, size);
  if (checkers.recognizer != nullptr) needed = std::max(needed, kRecognitionPx);
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
                                  const PlannedCover& cover, const Checkers& checkers, const Limits& limits,
                                  const StopCondition& stop) {
  const auto opened = open_output(output, path, limits);
  if (!opened) return fail(opened);
  const Size size = photo.header.size;
  ImageUse use{path, sufficient_px(cover, size, checkers), true, {}};
  const auto before = open_image(photo, limits, use);
  if (!before) return fail(before);
  const auto after = open_image(*opened, limits, use);
  if (!after) return fail(after);
  if ((*after)->size() != size || (*after)->frame_count() != (*before)->frame_count()) {
    return fail(ErrorCode::kDamagedPhoto, "The result is not of the photo's size.");
  }
  OutputChecks checks;
  Look look(size, cover, checkers, stop);
  for (int i = 0; i < (*after)->frame_count(); ++i) {
    if (auto done = look.at_frame(i, (*before)->preview(i), (*after)->preview(i), checks); !done)
      return fail(done);
  }
  return checks;
}

}  // namespace face_privacy
