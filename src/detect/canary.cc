#include "detect/canary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string>

#include "detect/retinaface/output_layout.h"

namespace face_privacy {
namespace {

constexpr Size kSize{448, 256};

// Faces of people and drawn ones score 0.93 and more with all weights tried (the two that setup installs
// and an MIT-licensed RetinaFace, at 8 bits and fp32); weights with damage that matters score far less.
constexpr float kCanaryScore = 0.7F;
// SCRFD, with which a face is one from 0.2 on, is less sure of the drawn ones.
constexpr float kCanaryScoreOfScrfd = 0.5F;
constexpr float kInPlaceOverlap = 0.5F;
// A network that sees faces everywhere is as broken as one that sees none.
constexpr int kMostOthers = 2;

struct Color {
  float red;
  float green;
  float blue;
};

// A head, in px of the picture; `radius` is about half of its face's width.
struct Head {
  PointF center;
  float radius;
};

constexpr std::array kHeads{Head{{96, 122}, 92},  Head{{250, 84}, 38},  Head{{334, 78}, 25},
                            Head{{396, 120}, 30}, Head{{254, 206}, 18}, Head{{320, 212}, 13},
                            Head{{366, 214}, 9}};

// An ellipse of one color with a soft edge, in units of the head's radius from its center.
struct Blot {
  PointF center;
  float radius_x;
  float radius_y;
  Color color;
  float opacity = 1;
  float softness = 0.12F;  // of the edge, as a share of the radii
  bool paired = false;     // and its mirror image
};

constexpr Color kHair{52, 36, 28};

constexpr std::array kBehindTheFace{
    Blot{{0, 2.45F}, 2, 1, {70, 80, 120}},           // shoulders
    Blot{{0, -0.15F}, 1.12F, 1.42F, kHair},          //
    Blot{{0, 1.2F}, 0.45F, 0.75F, {176, 128, 104}},  // neck
};
constexpr Blot kSkin{{0, 0.1F}, 0.92F, 1.18F, {222, 172, 146}};
constexpr std::array kFeatures{
    Blot{{0, -1.02F}, 0.85F, 0.42F, kHair, 1, 0.3F},                       // fringe
    Blot{{0.38F, -0.06F}, 0.27F, 0.2F, {120, 80, 66}, 0.45F, 0.8F, true},  // eye socket
    Blot{{0.38F, -0.3F}, 0.26F, 0.055F, {60, 42, 34}, 0.9F, 0.5F, true},   // brow
    Blot{{0.38F, -0.05F}, 0.19F, 0.095F, {236, 232, 228}, 1, 0.3F, true},  // eye
    Blot{{0.38F, -0.05F}, 0.092F, 0.095F, {48, 34, 30}, 1, 0.3F, true},    // iris
    Blot{{0.38F, -0.135F}, 0.21F, 0.04F, {50, 34, 30}, 0.7F, 0.6F, true},  // lashes
    Blot{{0.12F, 0.4F}, 0.07F, 0.04F, {96, 56, 48}, 0.5F, 0.8F, true},     // nostril
    Blot{{0.13F, 0.2F}, 0.08F, 0.3F, {130, 90, 74}, 0.3F, 0.9F},           // side of the nose
    Blot{{-0.03F, 0.25F}, 0.07F, 0.22F, {255, 225, 205}, 0.25F, 0.9F},     // its bridge
    Blot{{0, 0.42F}, 0.2F, 0.07F, {150, 96, 80}, 0.4F, 0.9F},              // its tip
    Blot{{0, 0.69F}, 0.3F, 0.085F, {166, 84, 80}, 0.85F, 0.4F},            // lips
    Blot{{0, 0.675F}, 0.27F, 0.02F, {90, 36, 36}, 0.9F, 0.7F},             // mouth
    Blot{{0, 0.86F}, 0.18F, 0.05F, {150, 104, 86}, 0.35F, 0.9F},           // shadow beneath
};

std::uint8_t mixed(std::uint8_t below, float above, float share) {
  const auto was = static_cast<float>(below);
  return static_cast<std::uint8_t>(std::min(was + (above - was) * share + 0.5F, 255.F));
}

// How light the skin is at a place: the cheeks turn away from the light.
float shade_of(PointF place) {
  return std::clamp(1 - 0.28F * place.x * place.x - 0.1F * place.y, 0.5F, 1.1F);
}

class Painter {
 public:
  explicit Painter(MutableImageView picture) : picture_(picture) {}

  void background() const {
    for (int y = 0; y < picture_.height; ++y) {
      const float light = 0.85F + 0.3F * static_cast<float>(y) / static_cast<float>(picture_.height);
      std::memset(picture_.row(y), static_cast<int>(160 * light),
                  static_cast<std::size_t>(picture_.width) * kRgb8.channels());
    }
  }

  void head(const Head& head) const {
    for (const Blot& blot : kBehindTheFace) paint(blot, head, false);
    paint(kSkin, head, true);
    for (Blot blot : kFeatures) {
      paint(blot, head, false);
      blot.center.x = -blot.center.x;
      if (blot.paired) paint(blot, head, false);
    }
  }

 private:
  void paint(const Blot& blot, const Head& head, bool shaded) const {
    const PointF center{head.center.x + blot.center.x * head.radius,
                        head.center.y + blot.center.y * head.radius};
    const float reach_x = blot.radius_x * (1 + blot.softness) * head.radius + 1;
    const float reach_y = blot.radius_y * (1 + blot.softness) * head.radius + 1;
    const Rect around = intersect(
        {static_cast<int>(std::floor(center.x - reach_x)), static_cast<int>(std::floor(center.y - reach_y)),
         static_cast<int>(2 * reach_x) + 2, static_cast<int>(2 * reach_y) + 2},
        {0, 0, picture_.width, picture_.height});
    for (int y = around.y; y < around.bottom(); ++y) {
      for (int x = around.x; x < around.right(); ++x) {
        const PointF place{(static_cast<float>(x) + 0.5F - head.center.x) / head.radius,
                           (static_cast<float>(y) + 0.5F - head.center.y) / head.radius};
        const float along_x = (place.x - blot.center.x) / blot.radius_x;
        const float along_y = (place.y - blot.center.y) / blot.radius_y;
        const float distance = std::sqrt(along_x * along_x + along_y * along_y);
        const float inside = std::min(1.F, (1 - distance) / blot.softness + 0.5F);
        if (inside > 0) put(x, y, blot.color, shaded ? shade_of(place) : 1, blot.opacity * inside);
      }
    }
  }

  void put(int x, int y, Color color, float light, float share) const {
    std::uint8_t* pixel = picture_.row(y) + static_cast<std::ptrdiff_t>(x) * kRgb8.bytes_per_pixel();
    pixel[0] = mixed(pixel[0], color.red * light, share);
    pixel[1] = mixed(pixel[1], color.green * light, share);
    pixel[2] = mixed(pixel[2], color.blue * light, share);
  }

  MutableImageView picture_;
};

// What RetinaFace calls the face of such a head.
BoxF face_of(const Head& head) {
  const float radius = head.radius;
  return {head.center.x - 0.87F * radius, head.center.y - 0.87F * radius, 1.74F * radius, 2.1F * radius};
}

}  // namespace

Image draw_canary() {
  Image picture(kSize, kRgb8);
  const Painter painter(picture.mutable_view());
  painter.background();
  for (const Head& head : kHeads) painter.head(head);
  return picture;
}

std::span<const BoxF> canary_faces() {
  static const auto faces = [] {
    std::array<BoxF, kHeads.size()> boxes;
    std::transform(kHeads.begin(), kHeads.end(), boxes.begin(), face_of);
    return boxes;
  }();
  return faces;
}

Result<void> check_canary(std::span<const Face> found, std::string_view layout) {
  const auto known = canary_faces();
  const float sure_score = layout == name_of(OutputLayout::kScrfd) ? kCanaryScoreOfScrfd : kCanaryScore;
  const auto at = [&](const BoxF& box) {
    return std::any_of(found.begin(), found.end(), [&](const Face& face) {
      return face.score >= sure_score && intersection_over_union(face.box, box) >= kInPlaceOverlap;
    });
  };
  const auto sure =
      std::count_if(found.begin(), found.end(), [&](const Face& face) { return face.score >= sure_score; });
  const auto in_place = std::count_if(known.begin(), known.end(), at);
  if (in_place == std::ssize(known) && sure <= in_place + kMostOthers) return {};
  return fail(ErrorCode::kModel, "the weights do not see: of the " + std::to_string(known.size()) +
                                     " faces of the built-in picture they find " + std::to_string(in_place) +
                                     ", and " + std::to_string(sure - in_place) + " that are none");
}

}  // namespace face_privacy
