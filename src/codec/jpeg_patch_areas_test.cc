#include "codec/jpeg_patch_areas.h"

#include <gtest/gtest.h>

namespace face_privacy::jpeg {
namespace {

constexpr Size kPicture{1000, 800};

Rect whole_blocks(const Rect& area) {
  const int x = area.x / 16 * 16;
  const int y = area.y / 16 * 16;
  return intersect({x, y, (area.right() - x + 15) / 16 * 16, (area.bottom() - y + 15) / 16 * 16},
                   {0, 0, kPicture.width, kPicture.height});
}

Rect square(int x, int y, int radius) { return {x - radius, y - radius, 2 * radius, 2 * radius}; }

// With a ring of 8 px round each change.
std::vector<Rect> areas_for(const std::vector<Rect>& changed) {
  std::vector<Rect> supports;
  for (const Rect& change : changed)
    supports.push_back({change.x - 8, change.y - 8, change.width + 16, change.height + 16});
  return patch_areas(supports, changed, kPicture, whole_blocks);
}

TEST(PatchAreas, FacesFarApartHaveAreasOfTheirOwn) {
  EXPECT_EQ(areas_for({square(100, 100, 30), square(800, 600, 30)}).size(), 2U);
}

TEST(PatchAreas, FacesThatTouchShareAnArea) {
  EXPECT_EQ(areas_for({square(100, 100, 30), square(150, 100, 30), square(200, 100, 30)}).size(), 1U);
}

TEST(PatchAreas, ALateFaceJoinsAreasThatWereApart) {
  EXPECT_EQ(areas_for({square(100, 100, 30), square(260, 100, 30), square(180, 100, 60)}).size(), 1U);
}

// The box round both large faces holds the corner where the third one is, but neither of them does.
TEST(PatchAreas, AFaceBetweenOthersStaysApartWhereNothingOfItIsRead) {
  EXPECT_EQ(areas_for({square(100, 400, 90), square(600, 700, 90), square(300, 150, 40)}).size(), 3U);
}

TEST(PatchAreas, AFaceOutsideThePictureNeedsNothing) {
  EXPECT_TRUE(areas_for({square(-500, -500, 50), square(5000, 10, 50)}).empty());
}

}  // namespace
}  // namespace face_privacy::jpeg
