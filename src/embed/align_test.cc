#include "embed/align.h"

#include <gtest/gtest.h>

#include <cmath>

namespace face_privacy {
namespace {

// The template's own places, moved and scaled.
Landmarks face_at(float x, float y, float scale) {
  const auto at = [&](float px, float py) {
    return PointF{x + scale * (px + 0.5F), y + scale * (py + 0.5F)};
  };
  return {at(73.5318F, 51.5014F), at(38.2946F, 51.6963F), at(56.0252F, 71.7366F), at(70.7299F, 92.2041F),
          at(41.5493F, 92.3655F)};
}

Image ramp(Size size) {
  Image image(size, kRgb8);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      std::uint8_t* pixel = image.mutable_view().row(y) + 3 * x;
      pixel[0] = static_cast<std::uint8_t>(x * 255 / size.width);
      pixel[1] = static_cast<std::uint8_t>(y * 255 / size.height);
      pixel[2] = 100;
    }
  }
  return image;
}

TEST(Align, CopiesAFaceThatIsAligned) {
  const Image picture = ramp({kAlignedPx, kAlignedPx});
  const auto aligned = align(picture.view(), picture.size(), face_at(0, 0, 1));
  ASSERT_TRUE(aligned);
  for (int y = 1; y + 1 < kAlignedPx; ++y) {
    for (int i = 3; i < 3 * (kAlignedPx - 1); ++i) {
      EXPECT_NEAR(aligned->view().row(y)[i], picture.view().row(y)[i], 1) << i << ", " << y;
    }
  }
}

TEST(Align, FindsTheSameFaceInALargerPictureAndInASmallerView) {
  const Image picture = ramp({1000, 800});
  const Landmarks landmarks = face_at(200, 100, 3.7F);
  const auto whole = align(picture.view(), picture.size(), landmarks);
  const Image half = ramp({500, 400});
  const auto small = align(half.view(), picture.size(), landmarks);
  ASSERT_TRUE(whole);
  ASSERT_TRUE(small);
  for (const int at : {20, 56, 90}) {
    const int expected_x = static_cast<int>((200 + 3.7F * (static_cast<float>(at) + 0.5F)) * 255 / 1000);
    EXPECT_NEAR(whole->view().row(at)[3 * at], expected_x, 2);
    EXPECT_NEAR(small->view().row(at)[3 * at], expected_x, 2);
  }
}

TEST(Align, IsBlackOutsideThePicture) {
  const Image picture = ramp({200, 200});
  const auto aligned = align(picture.view(), picture.size(), face_at(140, 140, 1));
  ASSERT_TRUE(aligned);
  EXPECT_EQ(aligned->view().row(110)[3 * 110 + 2], 0);
  EXPECT_EQ(aligned->view().row(10)[3 * 10 + 2], 100);
}

TEST(Align, RefusesLandmarksThatAreNoPlace) {
  const Image picture = ramp({64, 64});
  EXPECT_FALSE(align(picture.view(), picture.size(), Landmarks{}));
  Landmarks bad = face_at(0, 0, 0.5F);
  bad.nose.x = NAN;
  EXPECT_FALSE(align(picture.view(), picture.size(), bad));
  EXPECT_FALSE(align(picture.view(), picture.size(), face_at(10'000, 10'000, 1))) << "far outside";
}

}  // namespace
}  // namespace face_privacy
