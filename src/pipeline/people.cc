#include "pipeline/people.h"

#include <algorithm>
#include <cmath>

#include "codec/codec.h"
#include "embed/align.h"
#include "image/similarity.h"
#include "track/animation_matching.h"

namespace face_privacy {
namespace {

// Of an aligned face. Of 89 faces, old group photos among them, all had 0.0005 and more; blurred by a
// Gaussian of 3 % of their height nine in ten had less than this.
constexpr float kLeastSharpness = 0.0002F;

// A face so much smaller than the largest is nobody whom the photo is about, and often none.
constexpr float kLeastSecondFace = 0.2F;

// The long side of a picture of one face with a little around it in which the face is found.
constexpr float kEnoughPx = 192;

float scale_of(const ImageView& view, Size full_size) {
  return static_cast<float>(view.height) / static_cast<float>(full_size.height);
}

// A large photo has fewer real pixels than it says: its faces count as they would in a copy of this size.
float scale_of(Size photo) {
  const auto long_side = static_cast<float>(std::max(photo.width, photo.height));
  return std::min(1.F, static_cast<float>(kSharpPhotoPx) / long_side);
}

Landmarks mapped(const Landmarks& marks, const Similarity& map) {
  return {map.apply(marks.left_eye), map.apply(marks.right_eye), map.apply(marks.nose),
          map.apply(marks.mouth_left), map.apply(marks.mouth_right)};
}

// Of a preview in which the face is smaller than a recognizer wants it, its place alone is seen at full size.
std::optional<Image> aligned(const RedactableImage& image, int frame, const Landmarks& landmarks) {
  const ImageView view = image.preview(frame);
  const auto to = to_aligned(landmarks);
  if (!to) return std::nullopt;
  const bool suffices = view.size() == image.size() || to->scale() <= scale_of(view, image.size());
  if (suffices) return align(view, image.size(), landmarks);
  const auto place = aligned_place(image.size(), landmarks);
  if (!place || place->empty()) return std::nullopt;
  const Image part = image.detail(frame, *place);
  return align(part.view(), part.size(),
               mapped(landmarks, {.dx = -static_cast<float>(place->x), .dy = -static_cast<float>(place->y)}));
}

// `embed` gives the embedding of a face that nothing speaks against.
template <class Embed>
Probe probe_unless(Doubt doubt, const Embed& embed) {
  if (doubt != Doubt::kNone) return {{}, doubt};
  Result<Embedding> embedding = embed();
  if (!embedding) return {{}, Doubt::kFailed};
  return {std::move(*embedding), Doubt::kNone};
}

Probe probe_of(const RedactableImage& image, int frame, const Face& face, const Recognizer& recognizer) {
  return probe_unless(doubt_of(face, scale_of(image.size()), kMinProbePx), [&]() -> Result<Embedding> {
    const auto square = aligned(image, frame, face.landmarks);
    if (!square) return fail(ErrorCode::kModel, "landmarks without a face");
    return recognizer.embed(square->view());
  });
}

ReferenceLook fault(ReferenceFault why) { return {{}, why}; }

ReferenceLook look_at(std::span<const Face> faces, const RedactableImage& image,
                      const Recognizer& recognizer) {
  if (faces.empty()) return fault(ReferenceFault::kNoFace);
  const auto is_lower = [](const Face& one, const Face& other) { return one.box.height < other.box.height; };
  const Face& face = *std::max_element(faces.begin(), faces.end(), is_lower);
  const auto counts = std::count_if(faces.begin(), faces.end(), [&](const Face& other) {
    return other.box.height >= kLeastSecondFace * face.box.height;
  });
  if (counts > 1) return fault(ReferenceFault::kSeveralFaces);
  switch (doubt_of(face, scale_of(image.size()), kMinReferencePx)) {
    case Doubt::kNone: break;
    case Doubt::kSmall: return fault(ReferenceFault::kTooSmall);
    default: return fault(ReferenceFault::kTurned);
  }
  const auto square = aligned(image, 0, face.landmarks);
  if (!square) return fault(ReferenceFault::kTurned);
  if (sharpness_of(square->view()) < kLeastSharpness) return fault(ReferenceFault::kBlurred);
  auto embedding = recognizer.embed(square->view());
  if (!embedding) return fault(ReferenceFault::kNoFace);
  return {std::move(*embedding), {}};
}

// Of a face's picture the face is in the middle; others may look into it.
const Face* face_in_the_middle(std::span<const Face> faces, Size picture) {
  const float x = static_cast<float>(picture.width) / 2;
  const float y = static_cast<float>(picture.height) / 2;
  const Face* nearest = nullptr;
  float least = 0;
  for (const Face& face : faces) {
    const float right = face.box.x + face.box.width - x;
    const float below = face.box.y + face.box.height - y;
    if (face.box.x > x || face.box.y > y || right < 0 || below < 0) continue;
    const float away = std::hypot(right - face.box.width / 2, below - face.box.height / 2);
    if (nearest != nullptr && away >= least) continue;
    nearest = &face;
    least = away;
  }
  return nearest;
}

Limits limits_of_face_picture(const Limits& of_photo) {
  Limits limits = of_photo;
  limits.max_side = std::min(limits.max_side, kMaxFacePicturePx);
  limits.max_frames = 1;
  limits.max_tiles = 1;
  return limits;
}

Probe doubted(Doubt doubt) { return {{}, doubt}; }

// Those that fill much of a picture are found in it as if it were small, with landmarks as good, in half the
// time; and there may be hundreds of pictures.
Result<std::vector<Face>> large_faces(const PictureViews& picture, const Detector& detector,
                                      const StopCondition& stop) {
  const Size size = picture.full_size;
  const float scale = std::min(1.F, kEnoughPx / static_cast<float>(std::max(size.width, size.height)));
  const auto side = [&](int px) {
    return std::max(1, static_cast<int>(std::lround(scale * static_cast<float>(px))));
  };
  const Size looked_at{side(size.width), side(size.height)};
  auto faces = detector.find_faces({looked_at, picture.views}, Profile::kFast, kMinProbeScore, stop);
  if (!faces) return faces;
  const Similarity back{.a = 1 / scale};
  for (Face& face : *faces) face = {back.carry(face.box), face.score, mapped(face.landmarks, back)};
  return faces;
}

Result<Probe> probe_of_picture(ByteView file, const Detector& detector, const Recognizer& recognizer,
                               const Limits& limits, const StopCondition& stop) {
  const auto photo = open_photo(file, limits);
  if (!photo) return doubted(Doubt::kFailed);
  const auto image = open_image(*photo, limits, {JpegPath::kFastest, kMaxFacePicturePx, true, {}});
  if (!image) return doubted(Doubt::kFailed);
  const Size size = (*image)->size();
  const PictureViews views{size, {(*image)->preview(0)}};
  auto faces = large_faces(views, detector, stop);
  if (faces && face_in_the_middle(*faces, size) == nullptr) {
    faces = detector.find_faces(views, Profile::kBalanced, kMinProbeScore, stop);
  }
  if (!faces) return fail(faces);
  const Face* face = face_in_the_middle(*faces, size);
  if (face == nullptr) return doubted(Doubt::kLandmarks);
  return probe_of(**image, 0, *face, recognizer);
}

}  // namespace

Probe probe_of(const Face& face, const ImageView& view, Size full_size, const Recognizer& recognizer) {
  return probe_unless(doubt_of(face, scale_of(view, full_size), kMinProbePx),
                      [&] { return recognizer.embed(view, full_size, face.landmarks); });
}

Result<std::vector<FaceMatch>> match_frames(const RedactableImage& image,
                                            const std::vector<std::vector<Face>>& faces,
                                            std::span<const Embedding> people, const Recognizer& recognizer,
                                            const StopCondition& stop) {
  const bool is_still = faces.size() == 1;
  std::vector<Probe> probes;
  std::vector<FaceLook> looks;
  for (std::size_t frame = 0; frame < faces.size(); ++frame) {
    for (const Face& face : faces[frame]) {
      if (auto running = stop.check(); !running) return fail(running);
      Probe probe = probe_of(image, static_cast<int>(frame), face, recognizer);
      if (is_still) {
        probes.push_back(std::move(probe));
      } else {
        looks.push_back(look_at(probe, people));
      }
    }
  }
  const MatchBands& bands = recognizer.info().bands;
  if (is_still) return match_faces(probes, people, bands);
  return match_animation(faces, looks, bands, have_doubles(people));
}

Result<ReferenceLook> look_at_reference(ByteView file, const Detector& detector, const Recognizer& recognizer,
                                        const Limits& limits, const StopCondition& stop) {
  const auto photo = open_photo(file, limits);
  if (!photo) return fault(ReferenceFault::kUnreadable);
  const int enough_px = detector.sufficient_px(Profile::kBalanced, photo->header.size);
  const auto image = open_image(*photo, limits, {JpegPath::kFastest, enough_px, true, {}});
  if (!image) return fault(ReferenceFault::kUnreadable);
  const auto faces = detector.find_faces({(*image)->size(), {(*image)->preview(0)}}, Profile::kBalanced,
                                         kMinProbeScore, stop);
  if (!faces) return fail(faces);
  return look_at(*faces, **image, recognizer);
}

Result<GroupedPictures> group_pictures(std::span<const FacePicture> pictures, const SaidPairs& said,
                                       const Detector& detector, const Recognizer& recognizer,
                                       const Limits& limits, const StopCondition& stop) {
  const Limits of_each = limits_of_face_picture(limits);
  std::vector<FaceOfPhoto> faces;
  GroupedPictures grouped;
  for (const FacePicture& picture : pictures) {
    if (auto running = stop.check(); !running) return fail(running);
    auto probe = probe_of_picture(picture.file, detector, recognizer, of_each, stop);
    if (!probe) return fail(probe);
    grouped.doubts.push_back(probe->doubt);
    faces.push_back({std::move(*probe), picture.photo});
  }
  grouped.grouping = group_faces(faces, said, recognizer.info().bands);
  return grouped;
}

}  // namespace face_privacy
