#include "detect/turned_copies.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <utility>

#include "base/simd.h"
#include "detect/retinaface/engine.h"

namespace face_privacy {
namespace {

constexpr int kBytesPerPixel = 3;
constexpr std::uint8_t kCorner = 114;
constexpr double kDiagonal = std::numbers::sqrt2 / 2;  // sine and cosine of 45 degrees

// Where the pixels of a copy lie in the upright picture: (x, y) at first + x * across + y * down.
struct Walk {
  const std::uint8_t* first;
  std::ptrdiff_t across;
  std::ptrdiff_t down;
};

Walk walk_of(const ImageView& rgb, Orientation orientation) {
  const auto row = static_cast<std::ptrdiff_t>(rgb.stride_bytes);
  const std::uint8_t* const upper = rgb.row(0);
  const std::uint8_t* const lower = rgb.row(rgb.height - 1);
  const std::ptrdiff_t last = static_cast<std::ptrdiff_t>(rgb.width - 1) * kBytesPerPixel;
  switch (orientation) {
    case Orientation::kUpright:
    case Orientation::kTiltedLeft:
    case Orientation::kTiltedRight: break;
    case Orientation::kMirrored: return {upper + last, -kBytesPerPixel, row};
    case Orientation::kTurnedLeft: return {upper + last, row, -kBytesPerPixel};
    case Orientation::kTurnedRight: return {lower, -row, kBytesPerPixel};
    case Orientation::kUpsideDown: return {lower + last, -kBytesPerPixel, -row};
  }
  return {upper, kBytesPerPixel, row};
}

// Pixels from `last` back to `count` of them, five at a time.
FACE_PRIVACY_INLINE void reverse(const std::uint8_t* last, int count, std::uint8_t* to) {
  using Byte16 = std::uint8_t __attribute__((vector_size(16)));
  const std::uint8_t* end = last + kBytesPerPixel;
  // Each vector holds a byte before its five pixels, and writes one behind them that the next overwrites.
  for (; count > 5; count -= 5, end -= 15, to += 15) {
    Byte16 pixels;
    std::memcpy(&pixels, end - sizeof pixels, sizeof pixels);
    pixels = __builtin_shufflevector(pixels, pixels, 13, 14, 15, 10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3, 0);
    std::memcpy(to, &pixels, sizeof pixels);
  }
  for (; count > 0; --count, end -= kBytesPerPixel, to += kBytesPerPixel) {
    std::memcpy(to, end - kBytesPerPixel, kBytesPerPixel);
  }
}

FACE_PRIVACY_AVX2 void reverse_avx2(const std::uint8_t* last, int count, std::uint8_t* to) {
  reverse(last, count, to);
}

void copy_reversed(const Walk& walk, const MutableImageView& out) {
  for (int y = 0; y < out.height; ++y) {
    const std::uint8_t* const last = walk.first + y * walk.down;
    has_avx2() ? reverse_avx2(last, out.width, out.row(y)) : reverse(last, out.width, out.row(y));
  }
}

// By strips of columns, of which a picture's rows are read from end to end while they are in the cache.
void copy_turned(const Walk& walk, const MutableImageView& out) {
  constexpr int kStrip = 64;
  for (int left = 0; left < out.width; left += kStrip) {
    const int right = std::min(out.width, left + kStrip);
    for (int y = 0; y < out.height; ++y) {
      const std::uint8_t* from = walk.first + y * walk.down + left * walk.across;
      std::uint8_t* pixel = out.row(y) + static_cast<std::ptrdiff_t>(left) * kBytesPerPixel;
      for (int x = left; x < right; ++x, pixel += kBytesPerPixel, from += walk.across) {
        std::memcpy(pixel, from, kBytesPerPixel);
      }
    }
  }
}

// A place in a tilted copy, in the picture.
struct Tilt {
  Tilt(Size upright, Orientation orientation)
      : sine(orientation == Orientation::kTiltedLeft ? kDiagonal : -kDiagonal),
        picture_x(upright.width / 2.0),
        picture_y(upright.height / 2.0),
        copy_middle(oriented(upright, orientation).width / 2.0) {}

  std::pair<double, double> back(double x, double y) const {
    x -= copy_middle;
    y -= copy_middle;
    return {x * kDiagonal - y * sine + picture_x, x * sine + y * kDiagonal + picture_y};
  }

  double sine;
  double picture_x;
  double picture_y;
  double copy_middle;
};

// The sample at a place between pixels, in 1/256 px: the mean of the four around it by their nearness.
void take_pixel(const ImageView& rgb, int x, int y, std::uint8_t* pixel) {
  constexpr int kOne = 256;
  const int left = std::clamp(x >> 8, 0, rgb.width - 1);
  const int top = std::clamp(y >> 8, 0, rgb.height - 1);
  const int right = std::min(left + 1, rgb.width - 1);
  const std::uint8_t* const upper = rgb.row(top);
  const std::uint8_t* const lower = rgb.row(std::min(top + 1, rgb.height - 1));
  const int across = x & (kOne - 1);
  const int down = y & (kOne - 1);
  for (int c = 0; c < kBytesPerPixel; ++c) {
    const int one =
        upper[kBytesPerPixel * left + c] * (kOne - across) + upper[kBytesPerPixel * right + c] * across;
    const int two =
        lower[kBytesPerPixel * left + c] * (kOne - across) + lower[kBytesPerPixel * right + c] * across;
    pixel[c] =
        static_cast<std::uint8_t>((one * (kOne - down) + two * down + kOne * kOne / 2) / (kOne * kOne));
  }
}

Image tilted(const ImageView& rgb, Orientation orientation) {
  const Size upright = rgb.size();
  const Tilt tilt(upright, orientation);
  Image copy(oriented(upright, orientation), kRgb8);
  const MutableImageView out = copy.mutable_view();
  for (int y = 0; y < out.height; ++y) {
    std::uint8_t* pixel = out.row(y);
    for (int x = 0; x < out.width; ++x, pixel += kBytesPerPixel) {
      const auto [from_x, from_y] = tilt.back(x + 0.5, y + 0.5);
      if (from_x < 0 || from_y < 0 || from_x >= upright.width || from_y >= upright.height) {
        std::fill_n(pixel, kBytesPerPixel, kCorner);
      } else {
        take_pixel(rgb, std::max(0, static_cast<int>(from_x * 256) - 128),
                   std::max(0, static_cast<int>(from_y * 256) - 128), pixel);
      }
    }
  }
  return copy;
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
    case Orientation::kTiltedLeft:
    case Orientation::kTiltedRight: {
      const auto [x, y] =
          Tilt(upright, orientation).back(static_cast<double>(point.x), static_cast<double>(point.y));
      return {static_cast<float>(x), static_cast<float>(y)};
    }
  }
  return point;
}

BoxF upright_again(const BoxF& box, Orientation orientation, Size upright) {
  if (is_tilted(orientation)) {
    const PointF center = upright_again(box.center(), orientation, upright);
    const auto side = static_cast<float>(kDiagonal) * std::hypot(box.width, box.height);
    return {center.x - side / 2, center.y - side / 2, side, side};
  }
  const PointF one = upright_again(PointF{box.x, box.y}, orientation, upright);
  const PointF other = upright_again(PointF{box.right(), box.bottom()}, orientation, upright);
  const float left = std::min(one.x, other.x);
  const float top = std::min(one.y, other.y);
  return {left, top, std::max(one.x, other.x) - left, std::max(one.y, other.y) - top};
}

}  // namespace

Size oriented(Size upright, Orientation orientation) {
  if (is_tilted(orientation)) {
    const double side = std::ceil((upright.width + upright.height) * kDiagonal / kInputMultiple);
    return {static_cast<int>(side) * kInputMultiple, static_cast<int>(side) * kInputMultiple};
  }
  return swaps_sides(orientation) ? Size{upright.height, upright.width} : upright;
}

Image oriented(const ImageView& rgb, Orientation orientation) {
  if (is_tilted(orientation)) return tilted(rgb, orientation);
  Image copy(oriented(rgb.size(), orientation), kRgb8);
  const Walk walk = walk_of(rgb, orientation);
  const bool is_reversed = walk.across == -kBytesPerPixel;
  is_reversed ? copy_reversed(walk, copy.mutable_view()) : copy_turned(walk, copy.mutable_view());
  return copy;
}

Face upright_again(const Face& face, Orientation orientation, Size upright) {
  const auto back = [&](PointF point) { return upright_again(point, orientation, upright); };
  Face result;
  result.score = face.score;
  result.box = upright_again(face.box, orientation, upright);
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
