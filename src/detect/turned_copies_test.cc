#include "detect/turned_copies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace face_privacy {
namespace {

constexpr Size kUprightSize{40, 24};
constexpr Rect kMark{30, 2, 5, 8};  // white on black

Image marked() {
  Image image(kUprightSize, kRgb8);
  const MutableImageView view = image.mutable_view();
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const bool inside = x >= kMark.x && x < kMark.right() && y >= kMark.y && y < kMark.bottom();
      std::fill_n(view.row(y) + 3 * x, 3, static_cast<std::uint8_t>(inside ? 255 : 0));
    }
  }
  return image;
}

BoxF white_box(const ImageView& view) {
  int left = view.width;
  int top = view.height;
  int right = 0;
  int bottom = 0;
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      if (view.row(y)[3 * x] == 0) continue;
      left = std::min(left, x);
      right = std::max(right, x + 1);
      top = std::min(top, y);
      bottom = std::max(bottom, y + 1);
    }
  }
  return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left),
          static_cast<float>(bottom - top)};
}

class EveryOrientation : public testing::TestWithParam<Orientation> {};

TEST_P(EveryOrientation, WhatIsFoundInTheCopyLiesWhereItIsInThePicture) {
  const Image upright = marked();
  const Image copy = oriented(upright.view(), GetParam());
  EXPECT_EQ(copy.size(), oriented(kUprightSize, GetParam()));
  Face face;
  face.box = white_box(copy.view());
  face.landmarks.nose = face.box.center();
  const Face back = upright_again(face, GetParam(), kUprightSize);
  EXPECT_FLOAT_EQ(back.box.x, kMark.x);
  EXPECT_FLOAT_EQ(back.box.y, kMark.y);
  EXPECT_FLOAT_EQ(back.box.width, kMark.width);
  EXPECT_FLOAT_EQ(back.box.height, kMark.height);
  EXPECT_FLOAT_EQ(back.landmarks.nose.x, 32.5F);
  EXPECT_FLOAT_EQ(back.landmarks.nose.y, 6);
}

INSTANTIATE_TEST_SUITE_P(Orientation, EveryOrientation,
                         testing::Values(Orientation::kUpright, Orientation::kMirrored,
                                         Orientation::kTurnedLeft, Orientation::kTurnedRight,
                                         Orientation::kUpsideDown));

// Where the pixel (x, y) of the copy lies in the upright picture.
std::pair<int, int> source_of(int x, int y, Orientation orientation, Size upright) {
  switch (orientation) {
    case Orientation::kMirrored: return {upright.width - 1 - x, y};
    case Orientation::kTurnedLeft: return {upright.width - 1 - y, x};
    case Orientation::kTurnedRight: return {y, upright.height - 1 - x};
    case Orientation::kUpsideDown: return {upright.width - 1 - x, upright.height - 1 - y};
    default: return {x, y};
  }
}

TEST_P(EveryOrientation, MovesEveryPixel) {
  for (const Size size : {Size{1, 1}, Size{5, 3}, Size{6, 7}, Size{17, 2}, Size{150, 70}}) {
    Image upright(size, kRgb8);
    for (int y = 0; y < size.height; ++y) {
      for (int i = 0; i < 3 * size.width; ++i) {
        upright.mutable_view().row(y)[i] = static_cast<std::uint8_t>(7 * y + 5 * i);
      }
    }
    const Image copy = oriented(upright.view(), GetParam());
    for (int y = 0; y < copy.height(); ++y) {
      for (int x = 0; x < copy.width(); ++x) {
        const auto [from_x, from_y] = source_of(x, y, GetParam(), size);
        ASSERT_TRUE(std::equal(copy.view().row(y) + 3 * x, copy.view().row(y) + 3 * x + 3,
                               upright.view().row(from_y) + 3 * from_x))
            << size.width << 'x' << size.height << ' ' << x << ' ' << y;
      }
    }
  }
}

TEST(Orientation, AHeadLyingOnItsRightSideIsRightedByTurningLeft) {
  // The mark is at the top right: after a turn to the left it is at the top left.
  const Image upright = marked();
  const Image left = oriented(upright.view(), Orientation::kTurnedLeft);
  EXPECT_LT(white_box(left.view()).center().x, 12);
  EXPECT_LT(white_box(left.view()).center().y, 20);
}

TEST(Orientation, ATiltedCopyHasThePictureInItsMiddleAtTheSameScale) {
  for (const auto way : {Orientation::kTiltedLeft, Orientation::kTiltedRight}) {
    const Image copy = oriented(marked().view(), way);
    EXPECT_EQ(copy.size(), oriented(kUprightSize, way));
    EXPECT_EQ(copy.size(), (Size{64, 64}));  // 45.3 px are needed
    EXPECT_EQ(copy.view().row(0)[0], 114);
    EXPECT_EQ(copy.view().row(32)[3 * 32], 0);  // the picture's middle
  }
}

TEST(Orientation, AFaceInATiltedCopyLiesWhereItIsInThePicture) {
  const Image photo = marked();
  for (const auto way : {Orientation::kTiltedLeft, Orientation::kTiltedRight}) {
    const Image copy = oriented(photo.view(), way);
    double x = 0;
    double y = 0;
    double sum = 0;
    for (int row = 0; row < copy.height(); ++row) {
      for (int column = 0; column < copy.width(); ++column) {
        const std::uint8_t* pixel = copy.view().row(row) + 3 * column;
        const double light = pixel[0] == 114 ? 0 : pixel[0];
        x += light * (column + 0.5);
        y += light * (row + 0.5);
        sum += light;
      }
    }
    Face face;
    face.box = {static_cast<float>(x / sum) - 3, static_cast<float>(y / sum) - 4, 6, 8};
    const Face back = upright_again(face, way, kUprightSize);
    EXPECT_NEAR(back.box.center().x, kMark.x + kMark.width / 2.0, 0.1);
    EXPECT_NEAR(back.box.center().y, kMark.y + kMark.height / 2.0, 0.1);
    EXPECT_NEAR(back.box.width, std::sqrt(50), 1e-3);  // around the ellipse with the axes 6 and 8
    EXPECT_NEAR(back.box.height, std::sqrt(50), 1e-3);
  }
}

TEST(Orientation, AHeadThatLeansClockwiseIsRightedByTiltingLeft) {
  Face face;
  face.landmarks.right_eye = {30, 30};
  face.landmarks.left_eye = {36, 30};
  const Face back = upright_again(face, Orientation::kTiltedLeft, kUprightSize);
  EXPECT_GT(back.landmarks.left_eye.x, back.landmarks.right_eye.x);
  EXPECT_GT(back.landmarks.left_eye.y, back.landmarks.right_eye.y);
}

TEST(Orientation, AMirroredCopySwapsTheSidesOfThePerson) {
  Face face;
  face.box = {0, 0, 10, 10};
  face.landmarks.right_eye = {2, 3};
  face.landmarks.left_eye = {8, 3};
  face.landmarks.mouth_right = {3, 8};
  face.landmarks.mouth_left = {7, 8};
  const Face back = upright_again(face, Orientation::kMirrored, kUprightSize);
  EXPECT_FLOAT_EQ(back.landmarks.right_eye.x, 32);
  EXPECT_FLOAT_EQ(back.landmarks.left_eye.x, 38);
  EXPECT_LT(back.landmarks.mouth_right.x, back.landmarks.mouth_left.x);
}

}  // namespace
}  // namespace face_privacy
