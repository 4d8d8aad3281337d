#include "detect/turned_copies.h"

#include <cstring>
#include <utility>

namespace face_privacy {
namespace {

constexpr int kBytesPerPixel = 3;

// Where the pixel (x, y) of the copy lies in the upright picture.
std::pair<int, int> source_of(int x, int y, Orientation orientation, Size upright) {
  switch (orientation) {
    case Orientation::kUpright: break;
    case Orientation::kMirrored: return {upright.width - 1 - x, y};
    case Orientation::kTurnedLeft: return {upright.width - 1 - y, x};
    case Orientation::kTurnedRight: return {y, upright.height - 1 - x};
    case Orientation::kUpsideDown: return {upright.width - 1 - x, upright.height - 1 - y};
  }
  return {x, y};
}

PointF upright_again(PointF point, Orientation orientation, Size upright) {
  const auto width = static_cast<float>(upright.width);
  const auto height = static_cast<float>(upright.height);
  switch (orientation) {
    case Orientation::kUpright: break;
    case Orientation::kMirrored: return {width - point.x, point.y};
    case Orientation::kTurnedLeft: return {width - point.y, point.x};
    case Orientation::kTurnedRight: return {point.y, height - point.x};
    case Orientation::kUpsideDown: return {width - point.x, height - point.y};
  }
  return point;
}

}  // namespace

Size oriented(Size upright, Orientation orientation) {
  return swaps_sides(orientation) ? Size{upright.height, upright.width} : upright;
}

Image oriented(const ImageView& rgb, Orientation orientation) {
  const Size upright = rgb.size();
  const Size size = oriented(upright, orientation);
  Image copy(size, kRgb8);
  const MutableImageView out = copy.mutable_view();
  for (int y = 0; y < size.height; ++y) {
    std::uint8_t* pixel = out.row(y);
    for (int x = 0; x < size.width; ++x, pixel += kBytesPerPixel) {
      const auto [from_x, from_y] = source_of(x, y, orientation, upright);
      std::memcpy(pixel, rgb.row(from_y) + static_cast<std::ptrdiff_t>(from_x) * kBytesPerPixel,
                  kBytesPerPixel);
    }
  }
  return copy;
}

Face upright_again(const Face& face, Orientation orientation, Size upright) {
  const auto back = [&](PointF point) { return upright_again(point, orientation, upright); };
  const PointF one = back({face.box.x, face.box.y});
  const PointF other = back({face.box.right(), face.box.bottom()});
  Face result;
  result.score = face.score;
  result.box.x = std::min(one.x, other.x);
  result.box.y = std::min(one.y, other.y);
  result.box.width = std::max(one.x, other.x) - result.box.x;
  result.box.height = std::max(one.y, other.y) - result.box.y;
  const Landmarks& from = face.landmarks;
  Landmarks& to = result.landmarks;
  to = {back(from.left_eye), back(from.right_eye), back(from.nose), back(from.mouth_left),
        back(from.mouth_right)};
  if (orientation == Orientation::kMirrored) {
    std::swap(to.left_eye, to.right_eye);
    std::swap(to.mouth_left, to.mouth_right);
  }
  return result;
}

}  // namespace face_privacy
