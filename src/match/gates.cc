#include "match/gates.h"

#include <cmath>

namespace face_privacy {
namespace {

// In shares of the distance between the eyes, or of that between eyes and mouth. The tip of the nose stands
// out by about 0.6 of the eyes' distance, so that at 40 degrees it lies over one of them.
constexpr float kMostSideways = 0.5F;
constexpr float kLeastDown = 0.15F;
constexpr float kMostDown = 1.0F;
// Eyes and mouth are about as far from each other as the eyes are; turned away, one distance closes up.
constexpr float kNarrowest = 0.45F;
constexpr float kWidest = 1.9F;
constexpr float kOutsideBox = 0.15F;  // landmarks may lie so far outside, in shares of the box

struct Vector {
  float x = 0;
  float y = 0;
  float length() const { return std::hypot(x, y); }
};
Vector operator-(const PointF& a, const PointF& b) { return {a.x - b.x, a.y - b.y}; }
float dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y; }
PointF middle(const PointF& a, const PointF& b) { return {(a.x + b.x) / 2, (a.y + b.y) / 2}; }

bool lies_in(const PointF& mark, const BoxF& box) {
  const float beyond_x = kOutsideBox * box.width;
  const float beyond_y = kOutsideBox * box.height;
  return mark.x >= box.x - beyond_x && mark.x <= box.right() + beyond_x && mark.y >= box.y - beyond_y &&
         mark.y <= box.bottom() + beyond_y;
}

bool all_lie_in(const Landmarks& marks, const BoxF& box) {
  for (const PointF* mark :
       {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
    if (!lies_in(*mark, box)) return false;  // also not-a-number
  }
  return true;
}

Doubt doubt_of(const Landmarks& marks, const BoxF& box) {
  if (!all_lie_in(marks, box)) return Doubt::kLandmarks;
  const PointF eyes = middle(marks.right_eye, marks.left_eye);
  const Vector across = marks.left_eye - marks.right_eye;
  const Vector down = middle(marks.mouth_left, marks.mouth_right) - eyes;
  const Vector lips = marks.mouth_left - marks.mouth_right;
  const float width = across.length();
  const float height = down.length();
  if (!(width > 0.05F * box.width) || !(height > 0.05F * box.height)) return Doubt::kTurned;
  // The person's left is on the right of an upright picture, and so it is when everything is turned.
  const bool mirrored = across.x * down.y - across.y * down.x <= 0 || dot(across, lips) <= 0;
  if (mirrored) return Doubt::kLandmarks;
  const float shape = width / height;
  if (shape < kNarrowest || shape > kWidest) return Doubt::kTurned;
  const Vector nose = marks.nose - eyes;
  const float sideways = dot(nose, across) / (width * width) - 0.5F * dot(down, across) / (width * width);
  const float downwards = dot(nose, down) / (height * height);
  const bool frontal =
      std::abs(sideways) <= kMostSideways && downwards >= kLeastDown && downwards <= kMostDown;
  return frontal ? Doubt::kNone : Doubt::kTurned;
}

}  // namespace

std::string_view name_of(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNone: return "";
    case Doubt::kSmall: return "small";
    case Doubt::kLandmarks: return "landmarks";
    case Doubt::kTurned: return "turned";
    case Doubt::kBlurred: return "blurred";
    case Doubt::kTwice: return "twice";
    case Doubt::kTwoPeople: return "two_people";
    case Doubt::kFew: return "few";
    case Doubt::kUnseen: return "unseen";
    case Doubt::kChanges: return "changes";
    case Doubt::kFailed: return "failed";
  }
  return "";
}

std::optional<Doubt> doubt_from_name(std::string_view name) {
  for (int i = 1; i <= static_cast<int>(kLastDoubt); ++i) {
    const auto doubt = static_cast<Doubt>(i);
    if (name_of(doubt) == name) return doubt;
  }
  return std::nullopt;
}

Doubt doubt_of(const Face& face, float scale, float min_height_px) {
  if (!(face.box.height * scale >= min_height_px)) return Doubt::kSmall;
  if (!(face.score >= kMinProbeScore)) return Doubt::kLandmarks;
  return doubt_of(face.landmarks, face.box);
}

}  // namespace face_privacy
