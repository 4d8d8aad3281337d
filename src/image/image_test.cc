#include "image/image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "image/photo.h"
#include "image/resize.h"
#include "image/similarity.h"

namespace face_privacy {
namespace {

Image filled(Size size, PixelLayout layout, int value) {
  Image image(size, layout);
  const auto view = image.mutable_view();
  for (int y = 0; y < size.height; ++y) {
    for (int i = 0; i < size.width * layout.channels(); ++i) {
      if (layout.bytes_per_sample == 2) {
        reinterpret_cast<std::uint16_t*>(view.row(y))[i] = static_cast<std::uint16_t>(value);
      } else {
        view.row(y)[i] = static_cast<std::uint8_t>(value);
      }
    }
  }
  return image;
}

TEST(Geometry, UniteIgnoresEmptyRectangles) {
  EXPECT_EQ(unite({}, {1, 2, 3, 4}), (Rect{1, 2, 3, 4}));
  EXPECT_EQ(unite({0, 0, 2, 2}, {1, 1, 3, 3}), (Rect{0, 0, 4, 4}));
}

TEST(Geometry, IntersectionOverUnionOfHalfOverlappingBoxes) {
  EXPECT_FLOAT_EQ(intersection_over_union({0, 0, 2, 2}, {1, 0, 2, 2}), 2.F / 6.F);
  EXPECT_FLOAT_EQ(intersection_over_union({0, 0, 2, 2}, {5, 5, 2, 2}), 0.F);
}

TEST(Image, CropSharesPixelsWithItsSource) {
  Image image = filled({8, 8}, kRgb8, 1);
  image.mutable_view().crop({2, 3, 2, 2}).row(0)[0] = 9;
  EXPECT_EQ(image.view().row(3)[2 * 3], 9);
}

TEST(Image, IsMovedAndNeverCopied) {
  static_assert(!std::is_copy_constructible_v<Image>);
  Image image = filled({2048, 2048}, kRgb8, 7);
  const std::uint8_t* pixels = image.view().data;
  const Image moved = std::move(image);
  EXPECT_EQ(moved.view().data, pixels);
}

TEST(Image, LargeBlocksAreUsedAgain) {
  const std::uint8_t* first = Image({2000, 2000}, kRgb8).view().data;
  EXPECT_EQ(Image({2000, 1990}, kRgb8).view().data, first);
}

TEST(RedactedPhoto, CannotBeMadeFromAPhotoByAnybody) {
  static_assert(!std::is_constructible_v<RedactedPhoto, Photo>);
  static_assert(!std::is_constructible_v<RedactedPatch, Patch>);
}

TEST(Resize, KeepsTheMeanWhenShrinking) {
  Image image({4, 2}, kRgb8);
  for (int y = 0; y < 2; ++y) {
    for (int i = 0; i < 12; ++i) image.mutable_view().row(y)[i] = static_cast<std::uint8_t>(10 * (i / 3));
  }
  const Image small = resize_to_rgb8(image.view(), {2, 1});
  EXPECT_EQ(small.view().row(0)[0], 5);
  EXPECT_EQ(small.view().row(0)[3], 25);
}

TEST(Resize, UniformPicturesStayUniformAtEveryScaleAndLayout) {
  for (const Size target : {Size{7, 5}, Size{33, 31}, Size{64, 48}, Size{200, 300}}) {
    for (const PixelLayout layout : {kRgb8, kGray8, PixelLayout{ColorModel::kRgb, true, 1}}) {
      const Image out = resize_to_rgb8(filled({64, 48}, layout, 77).view(), target);
      for (int y = 0; y < target.height; ++y) {
        for (int i = 0; i < target.width * 3; ++i) ASSERT_EQ(out.view().row(y)[i], 77);
      }
    }
  }
}

TEST(Resize, IsTheAreaMeanAlsoWhereRowsAreSplitBetweenOutputs) {
  Image image({1, 700}, kGray8);
  for (int y = 0; y < 700; ++y) image.mutable_view().row(y)[0] = static_cast<std::uint8_t>(y * 255 / 699);
  for (const int height : {1, 2, 3, 87, 300}) {
    const Image out = resize_to_rgb8(image.view(), {1, height});
    for (int y = 0; y < height; ++y) {
      const double expected = (y + 0.5) / height * 255;
      ASSERT_NEAR(out.view().row(y)[0], expected, 1.5) << height << " " << y;
    }
  }
}

TEST(Resize, ReadsSixteenBitsAndInk) {
  const Image wide = resize_to_rgb8(filled({10, 10}, {ColorModel::kGray, false, 2}, 0xABAB).view(), {5, 5});
  EXPECT_EQ(wide.view().row(0)[0], 0xAB);
  const Image no_ink = resize_to_rgb8(filled({10, 10}, {ColorModel::kCmyk, false, 1}, 0).view(), {5, 5});
  EXPECT_EQ(no_ink.view().row(0)[0], 255);
  const Image full_ink = resize_to_rgb8(filled({10, 10}, {ColorModel::kCmyk, false, 1}, 255).view(), {5, 5});
  EXPECT_EQ(full_ink.view().row(0)[0], 0);
}

TEST(Similarity, IsUndoneByItsInverse) {
  const Similarity turned{0.6F, -0.3F, 12, 40};
  const PointF back = turned.inverse().apply(turned.apply({17, 5}));
  EXPECT_NEAR(back.x, 17, 1e-3F);
  EXPECT_NEAR(back.y, 5, 1e-3F);
}

TEST(Similarity, OneAfterTheOtherIsAsBoth) {
  const Similarity first{0.6F, -0.3F, 12, 40};
  const Similarity next{1.2F, 0.5F, -7, 3};
  const PointF steps = next.apply(first.apply({17, 5}));
  const PointF both = first.then(next).apply({17, 5});
  EXPECT_NEAR(both.x, steps.x, 1e-3F);
  EXPECT_NEAR(both.y, steps.y, 1e-3F);
}

TEST(Similarity, CarriesABoxByItsMiddleAndScale) {
  const BoxF box = Similarity{0, 2, 100, 50}.carry(BoxF{10, 20, 4, 6});
  EXPECT_FLOAT_EQ(box.center().x, 100 - 2 * 23);
  EXPECT_FLOAT_EQ(box.center().y, 50 + 2 * 12);
  EXPECT_FLOAT_EQ(box.width, 8);
  EXPECT_FLOAT_EQ(box.height, 12);
}

TEST(Similarity, IsFoundFromWhatItDid) {
  const Similarity did{0.9F, 0.2F, 3, -8};
  const std::array<PointF, 3> from{{{0, 0}, {100, 10}, {20, 70}}};
  std::array<PointF, 3> to{};
  std::transform(from.begin(), from.end(), to.begin(), [&](PointF at) { return did.apply(at); });
  const auto found = fit_similarity(from, to);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->a, did.a, 1e-4F);
  EXPECT_NEAR(found->dy, did.dy, 1e-3F);
  EXPECT_FALSE(fit_similarity(std::array<PointF, 2>{}, std::array<PointF, 2>{})) << "in one place";
}

}  // namespace
}  // namespace face_privacy
