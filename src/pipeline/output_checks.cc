#include "pipeline/output_checks.h"

#include <algorithm>

#include "match/gates.h"
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

// None where the recogniser has nothing to say about the face.
std::optional<bool> is_alike(const Face& face, const ImageView& original, const ImageView& output, Size size,
                             const Recognizer& recognizer) {
  const float scale = static_cast<float>(original.height) / static_cast<float>(size.height);
  if (doubt_of(face, scale, kMinProbePx) != Doubt::kNone) return std::nullopt;
  const auto before = recognizer.embed(original, size, face.landmarks);
  if (!before) return std::nullopt;
  const auto after = recognizer.embed(output, size, face.landmarks);
  return after && similarity(*before, *after) > kAlikeFrom;
}

class Look {
 public:
  Look(Size size, const PlannedCover& cover, const Checkers& checkers, const StopCondition& stop)
      : size_(size), cover_(cover), checkers_(checkers), stop_(stop) {}

  Result<void> at_frame(int index, const ImageView& original, const ImageView& output, OutputChecks& checks) {
    const auto frame = static_cast<std::size_t>(index);
    if (checkers_.recognizer != nullptr) {
      if (!checks.likeness) checks.likeness.emplace();
      if (auto done = compare_faces(frame, original, output, *checks.likeness); !done) return done;
    }
    for (const Ellipse& place : places_of(cover_, frame, first_face_)) {
      ++checks.places;
      if (shows_original(left_detail(original, output, size_, place))) ++checks.showing;
    }
    first_face_ += cover_.faces[frame].size();
    const auto found = look_again(output, size_, known_boxes(cover_, frame), checkers_.second, stop_);
    if (!found) return fail(found);
    for (const BoxF& box : *found) checks.to_review.push_back({index, box});
    return {};
  }

 private:
  Result<void> compare_faces(std::size_t frame, const ImageView& original, const ImageView& output,
                             LikenessCheck& likeness) {
    for (std::size_t i = 0; i < cover_.faces[frame].size(); ++i) {
      if (cover_.kept[first_face_ + i]) continue;
      if (auto go_on = stop_.check(); !go_on) return go_on;
      const auto alike = is_alike(cover_.faces[frame][i], original, output, size_, *checkers_.recognizer);
      likeness.compared += alike ? 1 : 0;
      likeness.alike += alike.value_or(false) ? 1 : 0;
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
