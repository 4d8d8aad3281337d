#include "codec/metadata/sphere.h"

#include <gtest/gtest.h>

#include <string>

namespace face_privacy {
namespace {

std::optional<SphereArea> area_of(const std::string& attributes, Size size) {
  const std::string packet = "<rdf:Description " + attributes + "/>";
  return sphere_area(byte_view(packet), size);
}

const std::string kProjection = R"(GPano:ProjectionType="equirectangular")";

std::string cropped(int width, int full_width, int full_height, int left, int top) {
  const auto attribute = [](const char* name, int value) {
    return std::string(" GPano:") + name + "=\"" + std::to_string(value) + "\"";
  };
  return kProjection + attribute("CroppedAreaImageWidthPixels", width) +
         attribute("FullPanoWidthPixels", full_width) + attribute("FullPanoHeightPixels", full_height) +
         attribute("CroppedAreaLeftPixels", left) + attribute("CroppedAreaTopPixels", top);
}

TEST(SphereArea, IsThereOnlyForEquirectangularPictures) {
  EXPECT_FALSE(area_of("", {2000, 1000}));
  EXPECT_FALSE(area_of(R"(GPano:ProjectionType="cylindrical")", {2000, 1000}));
  const auto whole = area_of(kProjection, {2000, 1000});
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->full_width, 2000);
  EXPECT_EQ(whole->full_height, 1000);
  EXPECT_TRUE(whole->goes_around(2000));
}

TEST(SphereArea, OfAPartKnowsItsPlaceAlsoWhereThePictureWasScaled) {
  const auto part = area_of(cropped(2000, 8000, 4000, 3000, 1500), {1000, 500});
  ASSERT_TRUE(part);
  EXPECT_EQ(part->full_width, 4000);
  EXPECT_EQ(part->full_height, 2000);
  EXPECT_EQ(part->left, 1500);
  EXPECT_EQ(part->top, 750);
  EXPECT_FALSE(part->goes_around(1000));
}

TEST(SphereArea, OfNumbersThatCannotBeIsTheWhole) {
  for (const std::string& xmp :
       {cropped(2000, 1000, 500, 0, 0), cropped(2000, 8000, 4000, 7000, 0), cropped(2000, 2000, 1000, -1, 0),
        cropped(2000, 2'000'000'000, 1000, 0, 0), cropped(0, 2000, 1000, 0, 0)}) {
    const auto area = area_of(xmp, {2000, 1000});
    ASSERT_TRUE(area);
    EXPECT_EQ(area->full_width, 2000);
    EXPECT_EQ(area->left, 0);
  }
}

}  // namespace
}  // namespace face_privacy
