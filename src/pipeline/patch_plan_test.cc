#include "pipeline/patch_plan.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

constexpr Size kPicture{1000, 800};

Rect whole_blocks(const Rect& area) {
  const int x = area.x / 16 * 16;
  const int y = area.y / 16 * 16;
  return intersect({x, y, (area.right() - x + 15) / 16 * 16, (area.bottom() - y + 15) / 16 * 16},
                   {0, 0, kPicture.width, kPicture.height});
}

Region region_at(float x, float y, float radius) { return {Shape::kEllipse, {{x, y}, radius, radius, 0}, 4}; }

bool holds(const Rect& outer, const Rect& inner) { return intersect(outer, inner) == inner; }

TEST(PatchPlan, FacesFarApartHavePatchesOfTheirOwn) {
  const std::vector regions{region_at(100, 100, 30), region_at(800, 600, 30)};
  EXPECT_EQ(plan_patches(regions, kPicture, whole_blocks).size(), 2U);
}

TEST(PatchPlan, FacesThatTouchShareAPatch) {
  const std::vector regions{region_at(100, 100, 30), region_at(150, 100, 30), region_at(200, 100, 30)};
  const auto patches = plan_patches(regions, kPicture, whole_blocks);
  ASSERT_EQ(patches.size(), 1U);
  EXPECT_EQ(patches[0].changed.size(), 3U);
}

TEST(PatchPlan, ALateRegionJoinsPatchesThatWereApart) {
  const std::vector regions{region_at(100, 100, 30), region_at(260, 100, 30), region_at(180, 100, 60)};
  EXPECT_EQ(plan_patches(regions, kPicture, whole_blocks).size(), 1U);
}

TEST(PatchPlan, EachPatchHoldsWhatItsRegionsReadAndIsInThePicture) {
  const std::vector regions{region_at(0, 0, 50), region_at(990, 790, 80), region_at(500, 400, 3)};
  const auto patches = plan_patches(regions, kPicture, whole_blocks);
  ASSERT_EQ(patches.size(), regions.size());
  for (std::size_t i = 0; i < patches.size(); ++i) {
    EXPECT_TRUE(holds(patches[i].area, Redactor::support(regions[i], kPicture)));
    EXPECT_TRUE(holds(patches[i].area, patches[i].changed[0]));
    EXPECT_TRUE(holds({0, 0, kPicture.width, kPicture.height}, patches[i].area));
  }
}

TEST(PatchPlan, ARegionOutsideThePictureNeedsNothing) {
  const std::vector regions{region_at(-500, -500, 50), region_at(5000, 10, 50)};
  EXPECT_TRUE(plan_patches(regions, kPicture, whole_blocks).empty());
}

}  // namespace
}  // namespace face_privacy
