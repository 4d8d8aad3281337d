#include "pipeline/second_look.h"

#include <algorithm>

#include "codec/shared/orientation.h"

namespace face_privacy {
namespace {

Image mirrored(const ImageView& view) {
  constexpr int kMirrored = 2;
  Image image(view.size(), view.layout);
  place_upright(view, 0, view.size(), kMirrored, image.mutable_view());
  return image;
}

bool meets(const BoxF& box, const BoxF& other) {
  return intersection_area(box, other) > 0.1F * std::min(box.area(), other.area());
}

}  // namespace

Result<std::vector<BoxF>> look_again(const ImageView& view, Size size, std::span<const BoxF> known,
                                     const SecondLook& look, const StopCondition& stop) {
  const Image turned = mirrored(view);
  const auto found = look.detector.find_faces({size, {turned.view()}}, kSecondProfile, look.min_score, stop);
  if (!found) return fail(found);
  std::vector<BoxF> unknown;
  for (const Face& face : *found) {
    BoxF box = face.box;
    box.x = static_cast<float>(size.width) - box.right();
    const bool is_known =
        std::any_of(known.begin(), known.end(), [&](const BoxF& each) { return meets(box, each); });
    if (!is_known) unknown.push_back(box);
  }
  return unknown;
}

BoxF box_of(const Region& region) {
  const Rect bounds = region.bounds();
  return {static_cast<float>(bounds.x), static_cast<float>(bounds.y), static_cast<float>(bounds.width),
          static_cast<float>(bounds.height)};
}

Ellipse inside(const BoxF& box) { return {box.center(), box.width / 2, box.height / 2, 0}; }

}  // namespace face_privacy
