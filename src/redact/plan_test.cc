#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "redact/redact.h"

namespace face_privacy {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// Landmarks of a frontal face in `box`, turned about its center (clockwise on the screen).
Face turned_face(const BoxF& box, double angle) {
  Face face;
  face.box = box;
  const PointF middle = box.center();
  const auto at = [&](double right, double down) {
    const double x = right * box.width;
    const double y = down * box.height;
    return PointF{static_cast<float>(middle.x + x * std::cos(angle) - y * std::sin(angle)),
                  static_cast<float>(middle.y + x * std::sin(angle) + y * std::cos(angle))};
  };
  face.landmarks = {.left_eye = at(0.22, -0.12),
                    .right_eye = at(-0.22, -0.12),
                    .nose = at(0, 0.05),
                    .mouth_left = at(0.18, 0.25),
                    .mouth_right = at(-0.18, 0.25)};
  return face;
}

BoxF grown(const BoxF& box, float margin) {
  return {box.x - margin * box.width, box.y - margin * box.height, box.width * (1 + 2 * margin),
          box.height * (1 + 2 * margin)};
}

bool core_holds(const Region& region, double x, double y) {
  const Ellipse& core = region.core;
  const double dx = x - core.center.x;
  const double dy = y - core.center.y;
  const double u = (dx * std::cos(core.angle_rad) + dy * std::sin(core.angle_rad)) / core.radius_x;
  const double v = (dy * std::cos(core.angle_rad) - dx * std::sin(core.angle_rad)) / core.radius_y;
  return region.shape == Shape::kEllipse ? u * u + v * v <= 1 : std::abs(u) <= 1 && std::abs(v) <= 1;
}

bool core_holds(const Region& region, const BoxF& box) {
  return core_holds(region, box.x, box.y) && core_holds(region, box.right(), box.y) &&
         core_holds(region, box.x, box.bottom()) && core_holds(region, box.right(), box.bottom());
}

Region region_of(const Face& face, const RedactOptions& options = {}) {
  const std::vector<Region> regions = plan_regions(std::span(&face, 1), {}, {}, options);
  EXPECT_EQ(regions.size(), 1U);
  return regions.at(0);
}

std::vector<Region> regions_of(const BoxF& box) {
  const RequestedRegion requested{.box = box};
  return plan_regions({}, std::span(&requested, 1), {}, {});
}

TEST(Plan, TheCoreHoldsTheGrownBoxHoweverTheHeadIsTurned) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> place(-500, 5000);
  std::uniform_real_distribution<float> size(1, 3000);
  std::uniform_real_distribution<float> aspect(0.3F, 3.F);
  for (int degrees = -180; degrees <= 180; degrees += 3) {
    for (int i = 0; i < 20; ++i) {
      const float width = size(random);
      const BoxF box{place(random), place(random), width, width * aspect(random)};
      const Face face = turned_face(box, degrees * std::numbers::pi / 180);
      for (const Shape shape : {Shape::kEllipse, Shape::kBox}) {
        for (const float margin : {0.F, RedactOptions{}.margin, kMaxMargin}) {
          const Region region = region_of(face, {.shape = shape, .margin = margin});
          ASSERT_TRUE(core_holds(region, grown(box, margin)))
              << degrees << " degrees, " << box.width << " x " << box.height << ", margin " << margin;
        }
      }
    }
  }
}

TEST(Plan, TheEllipseIsTurnedWithTheHead) {
  for (const double degrees : {-170., -90., -60., -30., 0., 15., 45., 90., 135.}) {
    const double angle = degrees * std::numbers::pi / 180;
    const Region region = region_of(turned_face({100, 100, 150, 200}, angle));
    const double turn = std::remainder(region.core.angle_rad - angle, 2 * std::numbers::pi);
    EXPECT_NEAR(turn, 0, 0.12) << degrees;
  }
}

TEST(Plan, TheEllipseIsNotMuchLargerThanTheBox) {
  for (int degrees = 0; degrees < 180; degrees += 5) {
    const BoxF box{100, 100, 150, 200};
    const Region region = region_of(turned_face(box, degrees * std::numbers::pi / 180), {.margin = 0});
    const double area = std::numbers::pi * region.core.radius_x * region.core.radius_y;
    // The least of all ellipses that hold a box has pi/2 times its area, the circle through its
    // corners 1.64 times for these sides.
    EXPECT_LT(area / box.area(), 1.7) << degrees;
  }
}

TEST(Plan, LandmarksThatMakeNoFaceTurnNothing) {
  const BoxF box{100, 100, 150, 200};
  Face nowhere;  // all zero
  nowhere.box = box;
  Face far = turned_face(box, 0.5);
  far.landmarks.left_eye.x += 400;
  Face lost = turned_face(box, 0.5);
  lost.landmarks.mouth_left.y = kNan;
  Face profile = turned_face(box, 0.5);
  profile.landmarks.left_eye = {profile.landmarks.right_eye.x + 4, profile.landmarks.right_eye.y + 9};
  Face twisted = turned_face(box, 0);
  std::swap(twisted.landmarks.left_eye, twisted.landmarks.right_eye);
  for (const Face& face : {nowhere, far, lost, profile, twisted}) {
    EXPECT_EQ(region_of(face).core.angle_rad, 0);
  }
}

TEST(Plan, TinyFacesGetARegionOfTheLeastSize) {
  for (const float size : {0.F, 0.5F, 3.F, 8.F}) {
    for (const Shape shape : {Shape::kEllipse, Shape::kBox}) {
      const Region region = region_of(turned_face({50, 50, size, size}, 0), {.shape = shape});
      EXPECT_GE(2 * region.core.radius_x, kMinRegionPx);
      EXPECT_GE(2 * region.core.radius_y, kMinRegionPx);
      EXPECT_GE(region.feather_px, 2);
    }
  }
}

TEST(Plan, FeatherIsAShareOfTheRadius) {
  const Region region = region_of(turned_face({0, 0, 1000, 1000}, 0), {.margin = 0});
  EXPECT_NEAR(region.feather_px, 0.12 * 500 * std::numbers::sqrt2, 1);
}

TEST(Plan, BoxesWithoutAPlaceAreLeftOutAndEndlessOnesCoverAllThereIs) {
  for (const BoxF& box : {BoxF{kNan, 0, 5, 5}, BoxF{0, kNan, 5, 5}, BoxF{0, 0, kNan, 5}, BoxF{0, 0, 5, kNan},
                          BoxF{-kInfinity, 0, kInfinity, 5}}) {
    EXPECT_TRUE(regions_of(box).empty());
  }
  for (const BoxF& box : {BoxF{-1e30F, -1e30F, 2e30F, 2e30F}, BoxF{-3e38F, -3e38F, kInfinity, kInfinity},
                          BoxF{0, 0, 3e38F, 3e38F}}) {
    const auto regions = regions_of(box);
    ASSERT_EQ(regions.size(), 1U);
    EXPECT_TRUE(core_holds(regions[0], BoxF{0, 0, 60'000, 60'000}));
    EXPECT_FALSE(regions[0].bounds().empty());
  }
}

TEST(Plan, ABoxWithItsSidesSwappedIsWhatLiesBetweenThem) {
  const BoxF box{100, 100, -50, -60};
  const auto regions = regions_of(box);
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_TRUE(core_holds(regions[0], BoxF{50, 40, 50, 60}));
}

TEST(Plan, MarginsOutOfRangeAreBroughtIntoIt) {
  const Face face = turned_face({100, 100, 50, 60}, 0);
  EXPECT_EQ(region_of(face, {.margin = -1}).core.radius_x, region_of(face, {.margin = 0}).core.radius_x);
  EXPECT_EQ(region_of(face, {.margin = kNan}).core.radius_x, region_of(face, {.margin = 0}).core.radius_x);
  EXPECT_EQ(region_of(face, {.margin = 99}).core.radius_x,
            region_of(face, {.margin = kMaxMargin}).core.radius_x);
}

TEST(Plan, AFaceIsKeptWhenHalfOfItLiesInOneKeepBox) {
  const BoxF face{100, 100, 40, 40};
  const std::vector<BoxF> left_half = {{0, 0, 120, 500}};
  const std::vector<BoxF> less = {{0, 0, 119, 500}};
  const std::vector<BoxF> two_quarters = {{0, 0, 110, 500}, {130, 0, 100, 500}};
  EXPECT_TRUE(is_kept(face, left_half));
  EXPECT_FALSE(is_kept(face, less));
  EXPECT_FALSE(is_kept(face, two_quarters));
  EXPECT_FALSE(is_kept(face, {}));
}

TEST(Plan, WhatHasNoAreaOrPlaceIsNeverKept) {
  const std::vector<BoxF> everywhere = {{-3e38F, -3e38F, kInfinity, kInfinity}, {-1e6F, -1e6F, 2e6F, 2e6F}};
  for (const BoxF& face : {BoxF{5, 5, 0, 0}, BoxF{5, 5, -3, 4}, BoxF{kNan, 5, 3, 4}, BoxF{5, 5, kInfinity, 4},
                           BoxF{-3e38F, -3e38F, 3e38F, 3e38F}}) {
    EXPECT_FALSE(is_kept(face, everywhere));
  }
}

TEST(Plan, KeepHoldsForFacesAndNotForBoxes) {
  const std::vector<Face> faces = {turned_face({100, 100, 40, 40}, 0), turned_face({300, 100, 40, 40}, 0)};
  const std::vector<RequestedRegion> boxes = {{90, 90, 60, 60}};
  const std::vector<BoxF> keep = {{80, 80, 100, 100}};
  const auto regions = plan_regions(faces, boxes, keep, {});
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_FLOAT_EQ(regions[0].core.center.x, 320);
  EXPECT_FLOAT_EQ(regions[1].core.center.x, 120);
}

TEST(Plan, ARegionMayHaveAShapeAndAMarginOfItsOwn) {
  const std::vector<RequestedRegion> requested = {
      {.box = {100, 100, 400, 20}, .shape = Shape::kBox, .margin = 0.F}, {.box = {100, 300, 40, 40}}};
  const auto regions = plan_regions({}, requested, {}, {});
  ASSERT_EQ(regions.size(), 2U);
  EXPECT_EQ(regions[0].shape, Shape::kBox);
  const Rect bounds = regions[0].bounds();
  EXPECT_GE(bounds.x, 96);
  EXPECT_GE(bounds.y, 96);
  EXPECT_LE(bounds.right(), 504);
  EXPECT_LE(bounds.bottom(), 124);
  EXPECT_EQ(regions[1].shape, Shape::kEllipse);
}

TEST(Plan, WhatARegionsOwnBoxDoesNotNeedGivesWayToAKeptFace) {
  std::mt19937 random(11);
  std::uniform_real_distribution<float> place(0, 400);
  std::uniform_real_distribution<float> size(30, 200);
  int gave_way = 0;
  for (int i = 0; i < 4000; ++i) {
    const BoxF covered{place(random), place(random), size(random), size(random)};
    const BoxF kept{place(random), place(random), size(random), size(random)};
    const std::vector<RequestedRegion> requested = {{.box = covered}};
    const Region alone = plan_regions({}, requested, {}, {}).at(0);
    const Region beside = plan_regions({}, requested, std::span(&kept, 1), {}).at(0);
    ASSERT_TRUE(core_holds(beside, covered));
    const Rect whole = alone.bounds();
    const BoxF reach{static_cast<float>(whole.x), static_cast<float>(whole.y),
                     static_cast<float>(whole.width), static_cast<float>(whole.height)};
    const BoxF around_kept{kept.x - 1, kept.y - 1, kept.width + 2, kept.height + 2};
    if (intersection_area(reach, around_kept) == 0) {
      ASSERT_EQ(alone.bounds(), beside.bounds());
    } else if (intersection_area(grown(covered, 0.05F), kept) == 0) {
      // Apart by more than the edge and the feather: nothing of the kept face is touched.
      const Rect bounds = intersect(
          beside.bounds(), {static_cast<int>(std::ceil(kept.x)) + 4, static_cast<int>(std::ceil(kept.y)) + 4,
                            static_cast<int>(kept.width) - 8, static_cast<int>(kept.height) - 8});
      if (beside.shape == Shape::kBox) {
        ++gave_way;
        ASSERT_TRUE(bounds.empty());
      }
    }
  }
  EXPECT_GT(gave_way, 100);
}

TEST(Plan, OnlyAKeptFaceMakesItsNeighborGiveWay) {
  const std::vector<Face> faces = {turned_face({100, 100, 40, 40}, 0), turned_face({143, 100, 40, 40}, 0)};
  const std::vector<BoxF> keep = {{143, 100, 40, 40}};
  const std::vector<BoxF> nobody = {{143, 170, 40, 40}};
  EXPECT_EQ(plan_regions(faces, {}, keep, {}).at(0).shape, Shape::kBox);
  EXPECT_LE(plan_regions(faces, {}, keep, {}).at(0).bounds().right(), 145);
  EXPECT_EQ(plan_regions(faces, {}, nobody, {}).at(0).shape, Shape::kEllipse);
}

TEST(Plan, AFaceThatIsKeptByItselfSparesNoOther) {
  const BoxF large{100, 100, 100, 120};
  const BoxF head_before_it{120, 170, 30, 36};
  const std::vector<Face> faces = {turned_face(large, 0), turned_face(head_before_it, 0)};
  EXPECT_TRUE(plan_regions(faces, {}, std::vector{large}, {}).empty()) << "a box spares both";
  const auto regions = plan_regions(faces, {true, false}, {}, {}, {});
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_TRUE(core_holds(regions[0], head_before_it));
}

TEST(Plan, ANeighborGivesWayToAFaceThatIsKeptByItself) {
  const std::vector<Face> faces = {turned_face({100, 100, 40, 40}, 0), turned_face({143, 100, 40, 40}, 0)};
  const auto regions = plan_regions(faces, {false, true}, {}, {}, {});
  ASSERT_EQ(regions.size(), 1U);
  EXPECT_EQ(regions[0].shape, Shape::kBox);
  EXPECT_LE(regions[0].bounds().right(), 145);
}

}  // namespace
}  // namespace face_privacy
