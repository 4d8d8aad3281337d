#include "pipeline/likeness.h"

#include <array>
#include <cmath>

#include "embed/align.h"
#include "match/gates.h"

namespace face_privacy {
namespace {

// Whether a pixel of the aligned square lies in the ellipse that fills the face's box.
class FacePlace {
 public:
  explicit FacePlace(const Face& face, const Similarity& to_aligned)
      : from_aligned_(to_aligned.inverse()), box_(face.box) {}

  bool holds(int x, int y) const {
    constexpr float kHalfPx = 0.5F;
    const PointF at = from_aligned_.apply({static_cast<float>(x) + kHalfPx, static_cast<float>(y) + kHalfPx});
    const PointF middle = box_.center();
    return std::hypot((at.x - middle.x) * 2 / box_.width, (at.y - middle.y) * 2 / box_.height) < 1;
  }

 private:
  const Similarity from_aligned_;
  const BoxF box_;
};

// Of what is in both pictures beside the face the cover may have a little more than the plain color has.
constexpr float kAboveSurroundings = 0.05F;

template <class Visit>
void each_pixel(const FacePlace& place, const Visit& visit) {
  for (int y = 0; y < kAlignedPx; ++y) {
    for (int x = 0; x < kAlignedPx; ++x) {
      if (place.holds(x, y)) visit(x, y);
    }
  }
}

// The aligned square with the face's mean color in place of the face.
Image without_face(const Image& aligned, const FacePlace& place) {
  std::array<double, 3> sum{};
  double count = 0;
  each_pixel(place, [&](int x, int y) {
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += aligned.view().row(y)[3 * x + static_cast<int>(c)];
    ++count;
  });
  Image plain = aligned.clone();
  const MutableImageView out = plain.mutable_view();
  each_pixel(place, [&](int x, int y) {
    for (std::size_t c = 0; c < sum.size(); ++c)
      out.row(y)[3 * x + static_cast<int>(c)] = static_cast<std::uint8_t>(sum[c] / count);
  });
  return plain;
}

}  // namespace

std::optional<bool> is_alike(const Face& face, const PictureBeforeAfter& picture,
                             const Recognizer& recognizer) {
  const float scale =
      static_cast<float>(picture.before.height) / static_cast<float>(picture.full_size.height);
  if (doubt_of(face, scale, kMinProbePx) != Doubt::kNone) return std::nullopt;
  const auto to = to_aligned(face.landmarks);
  const auto square = align(picture.before, picture.full_size, face.landmarks);
  if (!to || !square) return std::nullopt;
  const auto before = recognizer.embed(square->view());
  if (!before) return std::nullopt;
  // What cannot be told is no all-clear.
  const auto after = recognizer.embed(picture.after, picture.full_size, face.landmarks);
  if (!after) return true;
  const float to_face = similarity(*before, *after);
  if (!(to_face > kAlikeFrom)) return false;
  const auto plain = recognizer.embed(without_face(*square, FacePlace(face, *to)).view());
  return !plain || to_face > similarity(*plain, *after) + kAboveSurroundings;
}

}  // namespace face_privacy
