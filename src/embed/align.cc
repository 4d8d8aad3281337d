#include "embed/align.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "image/resize.h"

namespace face_privacy {
namespace {

// ArcFace's places, as corners of pixels count here: the eye, eye, nose, mouth corner and mouth corner, from
// the picture's left to its right.
constexpr float kHalfPx = 0.5F;
constexpr std::array<PointF, 5> kTemplate{{{38.2946F + kHalfPx, 51.6963F + kHalfPx},
                                           {73.5318F + kHalfPx, 51.5014F + kHalfPx},
                                           {56.0252F + kHalfPx, 71.7366F + kHalfPx},
                                           {41.5493F + kHalfPx, 92.3655F + kHalfPx},
                                           {70.7299F + kHalfPx, 92.2041F + kHalfPx}}};

Landmarks scaled(const Landmarks& marks, float x, float y) {
  const auto at = [&](const PointF& mark) { return PointF{mark.x * x, mark.y * y}; };
  return {at(marks.left_eye), at(marks.right_eye), at(marks.nose), at(marks.mouth_left),
          at(marks.mouth_right)};
}

// What of a picture lies under the aligned square, with the pixels beside it that interpolation reads.
Rect place_of(const Similarity& from_aligned, Size picture) {
  float left = INFINITY;
  float top = INFINITY;
  float right = -INFINITY;
  float bottom = -INFINITY;
  constexpr auto kSide = static_cast<float>(kAlignedPx);
  for (const PointF corner : {PointF{0, 0}, PointF{kSide, 0}, PointF{0, kSide}, PointF{kSide, kSide}}) {
    const PointF at = from_aligned.apply(corner);
    left = std::min(left, at.x);
    right = std::max(right, at.x);
    top = std::min(top, at.y);
    bottom = std::max(bottom, at.y);
  }
  const auto whole = [](float value) {
    constexpr float kFar = 1 << 24;
    return static_cast<int>(std::clamp(value, -kFar, kFar));
  };
  const int x = whole(std::floor(left)) - 2;
  const int y = whole(std::floor(top)) - 2;
  const Rect place{x, y, whole(std::ceil(right)) + 2 - x, whole(std::ceil(bottom)) + 2 - y};
  return intersect(place, Rect{0, 0, picture.width, picture.height});
}

// Bilinear; black outside.
void blend_pixel(const ImageView& from, float x, float y, std::uint8_t* out) {
  const auto left = static_cast<int>(std::floor(x));
  const auto top = static_cast<int>(std::floor(y));
  const float to_right = x - static_cast<float>(left);
  const float to_bottom = y - static_cast<float>(top);
  std::array<float, 3> sum{};
  const auto add = [&](int px, int py, float weight) {
    if (px < 0 || py < 0 || px >= from.width || py >= from.height) return;
    const std::uint8_t* in = from.row(py) + 3 * static_cast<std::ptrdiff_t>(px);
    for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += weight * static_cast<float>(in[c]);
  };
  add(left, top, (1 - to_right) * (1 - to_bottom));
  add(left + 1, top, to_right * (1 - to_bottom));
  add(left, top + 1, (1 - to_right) * to_bottom);
  add(left + 1, top + 1, to_right * to_bottom);
  for (std::size_t c = 0; c < sum.size(); ++c) out[c] = static_cast<std::uint8_t>(sum[c] + kHalfPx);
}

Image warp(const ImageView& rgb, const Similarity& from_aligned) {
  Image image({kAlignedPx, kAlignedPx}, kRgb8);
  const MutableImageView out = image.mutable_view();
  for (int y = 0; y < kAlignedPx; ++y) {
    for (int x = 0; x < kAlignedPx; ++x) {
      const PointF at =
          from_aligned.apply({static_cast<float>(x) + kHalfPx, static_cast<float>(y) + kHalfPx});
      blend_pixel(rgb, at.x - kHalfPx, at.y - kHalfPx, out.row(y) + std::ptrdiff_t{3} * x);
    }
  }
  return image;
}

// The same where a place is cut out of the picture and shrunk.
Similarity after_crop(const Similarity& from_aligned, const Rect& place, float shrink) {
  return {from_aligned.a * shrink, from_aligned.b * shrink,
          (from_aligned.dx - static_cast<float>(place.x)) * shrink,
          (from_aligned.dy - static_cast<float>(place.y)) * shrink};
}

std::vector<float> luma_of(const ImageView& rgb) {
  std::vector<float> luma;
  for (int y = 0; y < rgb.height; ++y) {
    for (int x = 0; x < rgb.width; ++x) {
      const std::uint8_t* in = rgb.row(y) + std::ptrdiff_t{3} * x;
      luma.push_back(0.299F * static_cast<float>(in[0]) + 0.587F * static_cast<float>(in[1]) +
                     0.114F * static_cast<float>(in[2]));
    }
  }
  return luma;
}

}  // namespace

std::optional<Similarity> to_aligned(const Landmarks& marks) {
  const std::array<PointF, 5> from{marks.right_eye, marks.left_eye, marks.nose, marks.mouth_right,
                                   marks.mouth_left};
  return fit_similarity(from, kTemplate);
}

std::optional<Rect> aligned_place(Size picture, const Landmarks& landmarks) {
  const auto to = to_aligned(landmarks);
  if (!to) return std::nullopt;
  return place_of(to->inverse(), picture);
}

std::optional<Image> align(const ImageView& view, Size full_size, const Landmarks& landmarks) {
  const auto on_view =
      to_aligned(scaled(landmarks, static_cast<float>(view.width) / static_cast<float>(full_size.width),
                        static_cast<float>(view.height) / static_cast<float>(full_size.height)));
  if (!on_view) return std::nullopt;
  const Similarity from_aligned = on_view->inverse();
  const Rect place = place_of(from_aligned, view.size());
  if (place.empty()) return std::nullopt;
  // A large face is first shrunk by whole areas, to between one and two times its aligned size: points taken
  // out of it would lie too far apart.
  const float times = std::max(1.F, std::floor(1 / on_view->scale()));
  const Size shrunk{std::max(1, static_cast<int>(std::lround(static_cast<float>(place.width) / times))),
                    std::max(1, static_cast<int>(std::lround(static_cast<float>(place.height) / times)))};
  const Image crop = resize_to_rgb8(view.crop(place), shrunk);
  return warp(crop.view(), after_crop(from_aligned, place,
                                      static_cast<float>(shrunk.width) / static_cast<float>(place.width)));
}

float sharpness_of(const ImageView& aligned) {
  const std::vector<float> luma = luma_of(aligned);
  const auto width = static_cast<std::size_t>(aligned.width);
  double mean = 0;
  for (const float value : luma) mean += value / static_cast<double>(luma.size());
  double variation = 0;
  double fine = 0;
  for (std::size_t y = 1; y + 1 < static_cast<std::size_t>(aligned.height); ++y) {
    for (std::size_t x = 1; x + 1 < width; ++x) {
      const std::size_t at = y * width + x;
      const double around = (luma[at - 1] + luma[at + 1] + luma[at - width] + luma[at + width]) / 4.0;
      variation += (luma[at] - mean) * (luma[at] - mean);
      fine += (luma[at] - around) * (luma[at] - around);
    }
  }
  return variation > 0 ? static_cast<float>(std::min(1.0, fine / variation)) : 0.F;
}

}  // namespace face_privacy
