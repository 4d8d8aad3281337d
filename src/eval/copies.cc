#include "eval/copies.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "image/resize.h"

namespace face_privacy {
namespace {

constexpr std::uint8_t kCorner = 114;
constexpr double kDarkShare = 0.2;
constexpr int kNoise = 35;  // even from -35 to 35
constexpr int kSmallerBy = 2;
constexpr int kBlurredBy = 3;

// From the photo to the copy: turned about the middle, and mirrored before that. Turning is clockwise.
class Turn {
 public:
  Turn(Size from, double degrees, bool mirrored)
      : from_(from),
        cosine_(std::cos(degrees * std::numbers::pi / 180)),
        sine_(std::sin(degrees * std::numbers::pi / 180)),
        flip_(mirrored ? -1 : 1) {
    const auto extent = [](double a, double b) {
      return std::max(1, static_cast<int>(std::lround(std::abs(a) + std::abs(b))));
    };
    to_ = {extent(from.width * cosine_, from.height * sine_),
           extent(from.width * sine_, from.height * cosine_)};
  }

  Size size() const { return to_; }

  PointF there(PointF point) const {
    const double x = flip_ * (point.x - from_.width / 2.0);
    const double y = point.y - from_.height / 2.0;
    return {static_cast<float>(x * cosine_ - y * sine_ + to_.width / 2.0),
            static_cast<float>(x * sine_ + y * cosine_ + to_.height / 2.0)};
  }

  PointF back(double x, double y) const {
    x -= to_.width / 2.0;
    y -= to_.height / 2.0;
    return {static_cast<float>(flip_ * (x * cosine_ + y * sine_) + from_.width / 2.0),
            static_cast<float>(-x * sine_ + y * cosine_ + from_.height / 2.0)};
  }

  BoxF there(const BoxF& box) const {
    const PointF center = there(box.center());
    const auto extent = [](double a, double b) { return static_cast<float>(std::sqrt(a * a + b * b)); };
    const float width = extent(box.width * cosine_, box.height * sine_);
    const float height = extent(box.width * sine_, box.height * cosine_);
    return {center.x - width / 2, center.y - height / 2, width, height};
  }

 private:
  Size from_;
  Size to_;
  double cosine_;
  double sine_;
  double flip_;
};

struct Sample {
  int first;
  int second;
  double share;  // of the second
};

Sample sample_at(double position, int length) {
  const double at = std::clamp(position - 0.5, 0.0, static_cast<double>(length - 1));
  const int first = static_cast<int>(at);
  return {first, std::min(first + 1, length - 1), at - first};
}

void take_pixel(const ImageView& from, PointF at, std::uint8_t* pixel) {
  const Sample x = sample_at(at.x, from.width);
  const Sample y = sample_at(at.y, from.height);
  const int channels = from.layout.channels();
  for (int c = 0; c < channels; ++c) {
    const auto mixed_row = [&](int row) {
      return (1 - x.share) * from.row(row)[channels * x.first + c] +
             x.share * from.row(row)[channels * x.second + c];
    };
    pixel[c] = static_cast<std::uint8_t>(
        std::lround((1 - y.share) * mixed_row(y.first) + y.share * mixed_row(y.second)));
  }
}

Image turned(const ImageView& from, const Turn& turn) {
  Image copy(turn.size(), kRgb8);
  const MutableImageView out = copy.mutable_view();
  for (int y = 0; y < out.height; ++y) {
    std::uint8_t* pixel = out.row(y);
    for (int x = 0; x < out.width; ++x, pixel += kRgb8.channels()) {
      const PointF at = turn.back(x + 0.5, y + 0.5);
      const bool inside = at.x >= 0 && at.y >= 0 && at.x <= static_cast<float>(from.width) &&
                          at.y <= static_cast<float>(from.height);
      if (inside) {
        take_pixel(from, at, pixel);
      } else {
        std::fill_n(pixel, kRgb8.channels(), kCorner);
      }
    }
  }
  return copy;
}

PhotoCopy turned_copy(const Image& photo, const TruthPhoto& truth, double degrees, bool mirrored) {
  const Turn turn(photo.size(), degrees, mirrored);
  PhotoCopy copy{turned(photo.view(), turn), truth};
  for (TruthFace& face : copy.truth.faces) face.box = turn.there(face.box);
  for (PointF& nose : copy.truth.noses) nose = turn.there(nose);
  return copy;
}

Size divided(Size size, int by) { return {std::max(1, size.width / by), std::max(1, size.height / by)}; }

PhotoCopy smaller_copy(const Image& photo, const TruthPhoto& truth) {
  const Size size = divided(photo.size(), kSmallerBy);
  const float x = static_cast<float>(size.width) / static_cast<float>(photo.width());
  const float y = static_cast<float>(size.height) / static_cast<float>(photo.height());
  PhotoCopy copy{resize_to_rgb8(photo.view(), size), truth};
  for (TruthFace& face : copy.truth.faces) {
    face.box = {face.box.x * x, face.box.y * y, face.box.width * x, face.box.height * y};
  }
  for (PointF& nose : copy.truth.noses) nose = {nose.x * x, nose.y * y};
  return copy;
}

template <class Change>
Image changed(Image photo, const Change& change) {
  std::uint8_t* const data = photo.mutable_view().data;
  std::transform(data, data + photo.size_bytes(), data, change);
  return photo;
}

Image dark(Image photo) {
  return changed(std::move(photo), [](std::uint8_t value) {
    return static_cast<std::uint8_t>(std::lround(value * kDarkShare));
  });
}

Image noisy(Image photo) {
  std::minstd_rand random(1);
  return changed(std::move(photo), [&random](std::uint8_t value) {
    const int noise = static_cast<int>(random() % (2 * kNoise + 1)) - kNoise;
    return static_cast<std::uint8_t>(std::clamp(value + noise, 0, 255));
  });
}

Image blurred(const Image& photo) {
  const Image small = resize_to_rgb8(photo.view(), divided(photo.size(), kBlurredBy));
  return resize_to_rgb8(small.view(), photo.size());
}

}  // namespace

std::string_view name_of(CopyKind kind) {
  switch (kind) {
    case CopyKind::kAsItIs: return "as it is";
    case CopyKind::kMirrored: return "mirrored";
    case CopyKind::kTurnedLeft: return "turned left";
    case CopyKind::kTurnedRight: return "turned right";
    case CopyKind::kUpsideDown: return "upside down";
    case CopyKind::kTilted: return "tilted by 45";
    case CopyKind::kSmaller: return "half the size";
    case CopyKind::kDark: return "dark";
    case CopyKind::kNoisy: return "noisy";
    case CopyKind::kBlurred: return "blurred";
  }
  return "";
}

PhotoCopy make_copy(const ImageView& photo, const TruthPhoto& truth, CopyKind kind) {
  Image rgb = resize_to_rgb8(photo, photo.size());
  switch (kind) {
    case CopyKind::kAsItIs: break;
    case CopyKind::kMirrored: return turned_copy(rgb, truth, 0, true);
    case CopyKind::kTurnedLeft: return turned_copy(rgb, truth, -90, false);
    case CopyKind::kTurnedRight: return turned_copy(rgb, truth, 90, false);
    case CopyKind::kUpsideDown: return turned_copy(rgb, truth, 180, false);
    case CopyKind::kTilted: return turned_copy(rgb, truth, 45, false);
    case CopyKind::kSmaller: return smaller_copy(rgb, truth);
    case CopyKind::kDark: return {dark(std::move(rgb)), truth};
    case CopyKind::kNoisy: return {noisy(std::move(rgb)), truth};
    case CopyKind::kBlurred: return {blurred(rgb), truth};
  }
  return {std::move(rgb), truth};
}

}  // namespace face_privacy
