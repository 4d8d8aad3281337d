#include "redact/outline.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <utility>
#include <vector>

#include "redact/cluster.h"

namespace face_privacy {
namespace {

struct Norms {
  double core;
  double full;
};

// 1 on the edge of the core, and on the outer edge of the feather.
Norms norms(const Region& region, double x, double y) {
  const Ellipse& core = region.core;
  const double dx = x - core.center.x;
  const double dy = y - core.center.y;
  const double u = dx * std::cos(core.angle_rad) + dy * std::sin(core.angle_rad);
  const double v = dy * std::cos(core.angle_rad) - dx * std::sin(core.angle_rad);
  const auto norm = [&](double grow) {
    const double a = std::abs(u) / (core.radius_x + grow);
    const double b = std::abs(v) / (core.radius_y + grow);
    return region.shape == Shape::kEllipse ? std::hypot(a, b) : std::max(a, b);
  };
  return {norm(0), norm(region.feather_px)};
}

Region random_region(std::mt19937& random) {
  std::uniform_real_distribution<float> place(-30, 90);
  std::uniform_real_distribution<float> radius(0.3F, 40);
  std::uniform_real_distribution<float> angle(-4, 4);
  std::uniform_real_distribution<float> feather(0, 12);
  const Shape shape = random() % 2 == 0 ? Shape::kEllipse : Shape::kBox;
  return {shape,
          {{place(random), place(random)}, radius(random), radius(random), angle(random)},
          feather(random)};
}

bool has(Span span, int x) { return x >= span.begin && x < span.end; }

TEST(Outline, RowsHoldThePixelsWhoseCentersTheShapeHolds) {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const Region region = random_region(random);
    const Outline outline(region);
    for (int y = -90; y < 150; ++y) {
      const Span core = outline.core_row(y);
      const Span full = outline.full_row(y);
      for (int x = -90; x < 150; ++x) {
        const Norms at = norms(region, x + 0.5, y + 0.5);
        if (std::abs(at.core - 1) > 1e-6) {
          ASSERT_EQ(has(core, x), at.core < 1) << i << ": " << x << ", " << y;
        }
        if (std::abs(at.full - 1) > 1e-6) {
          ASSERT_EQ(has(full, x), at.full < 1) << i << ": " << x << ", " << y;
        }
        if (has(core, x)) {
          ASSERT_TRUE(has(full, x));
        }
        if (has(full, x)) {
          ASSERT_FALSE(intersect(outline.bounds(), {x, y, 1, 1}).empty());
        }
      }
    }
  }
}

TEST(Outline, BandsHoldAllThatMayChangeAndEndWhereItDoes) {
  std::mt19937 random(4);
  constexpr Size kPicture{70, 50};
  for (int i = 0; i < 300; ++i) {
    const Region region = random_region(random);
    const Outline outline(region);
    const auto bands = region.bands(kPicture, 16);
    std::size_t next = 0;
    for (int band_y = 0; band_y < kPicture.height; band_y += 16) {
      Rect expected;
      for (int y = band_y; y < std::min(band_y + 16, kPicture.height); ++y) {
        const Span row = intersect(outline.full_row(y), {0, kPicture.width});
        for (int x = row.begin; x < row.end; ++x) expected = unite(expected, {x, y, 1, 1});
      }
      if (expected.empty()) continue;
      ASSERT_LT(next, bands.size()) << i;
      ASSERT_EQ(bands[next++], expected) << i;
    }
    ASSERT_EQ(next, bands.size()) << i;
  }
}

TEST(Outline, BandsOfARegionFarLargerThanThePictureAreThePictures) {
  const Region huge{Shape::kBox, {{0, 0}, 1e9F, 1e9F}, 0};
  const std::vector<Rect> expected{{0, 0, 70, 16}, {0, 16, 70, 16}, {0, 32, 70, 8}};
  EXPECT_EQ(huge.bands({70, 40}, 16), expected);
}

TEST(Outline, OnAPlaneTheCoreHoldsEachSampleThatHasAPixelOfIt) {
  std::mt19937 random(21);
  constexpr std::array<std::pair<int, int>, 6> kShrinks{{{2, 2}, {2, 1}, {1, 2}, {4, 1}, {3, 1}, {2, 4}}};
  for (int i = 0; i < 600; ++i) {
    const Region region = random_region(random);
    const auto [shrink_x, shrink_y] = kShrinks[static_cast<std::size_t>(i) % kShrinks.size()];
    const Region there = region.on_plane(shrink_x, shrink_y);
    const Outline outline(region);
    const Outline plane(there);
    for (int y = 0; y < 96; ++y) {
      const Span core = intersect(outline.core_row(y), {0, 96});
      const Span samples = plane.core_row(y / shrink_y);
      for (int x = core.begin; x < core.end; ++x) {
        ASSERT_TRUE(has(samples, x / shrink_x)) << i << ": " << x << "," << y;
      }
    }
    // And it does not reach much farther out: a sample, or a corner of a turned box.
    const Rect bounds = outline.bounds();
    const Rect reached = plane.bounds();
    const bool is_oblique = region.shape == Shape::kBox && shrink_x != shrink_y;
    const int most = is_oblique ? 1000 : 6;  // slender ellipses grow by more than others
    EXPECT_GE(reached.x, bounds.x / shrink_x - most);
    EXPECT_GE(reached.y, bounds.y / shrink_y - most);
    EXPECT_LE(reached.right(), bounds.right() / shrink_x + most);
    EXPECT_LE(reached.bottom(), bounds.bottom() / shrink_y + most);
  }
}

TEST(Outline, WhatIsWithinReachOfTheEdgeIsInTheGrownBoundsAndRows) {
  std::mt19937 random(22);
  for (int i = 0; i < 2000; ++i) {
    const Region region = random_region(random);
    const Outline outline(region);
    const double reach = 0.5 + i % 20;
    const Rect bounds = outline.bounds_grown_by(reach);
    for (int step = 0; step < 64; ++step) {
      const double turn = 2 * std::numbers::pi * step / 64;
      PointD unit{std::cos(turn), std::sin(turn)};
      if (region.shape == Shape::kBox) {
        const double level = outline.level(unit);
        unit = {unit.x / level, unit.y / level};
      }
      const auto edge = outline.edge(unit);
      const double x = edge.at.x + reach * edge.outwards.x;
      const double y = edge.at.y + reach * edge.outwards.y;
      ASSERT_GE(x, bounds.x - 1e-6) << i;
      ASSERT_GE(y, bounds.y - 1e-6) << i;
      ASSERT_LE(x, bounds.right() + 1e-6) << i;
      ASSERT_LE(y, bounds.bottom() + 1e-6) << i;
      // Of the pixel there, whose center may be farther out.
      const Span row = outline.grown_by(reach + 1).row(static_cast<int>(std::floor(y)));
      ASSERT_TRUE(has(row, static_cast<int>(std::floor(x)))) << i << ": " << x << ", " << y;
    }
  }
}

TEST(Outline, OnAPlaneOfThePicturesSizeNothingChanges) {
  const Region region{Shape::kBox, {{10, 20}, 5, 9, 0.4F}, 3};
  EXPECT_EQ(Outline(region.on_plane(1, 1)).bounds(), Outline(region).bounds());
  // An upright box stays one.
  const Region upright = Region{Shape::kBox, {{16, 24}, 8, 12, 0}, 4}.on_plane(2, 1);
  EXPECT_FLOAT_EQ(upright.core.center.x, 8);
  EXPECT_FLOAT_EQ(upright.core.center.y, 24);
  EXPECT_FLOAT_EQ(upright.core.angle_rad, 0);
  EXPECT_NEAR(upright.core.radius_x, 4, 0.3);
  EXPECT_NEAR(upright.core.radius_y, 12, 0.3);
}

TEST(Outline, FeatherFadesFromOneToNothingOutwards) {
  for (const Shape shape : {Shape::kEllipse, Shape::kBox}) {
    const Outline outline({shape, {{100, 100}, 50, 30, 0.3F}, 12});
    for (int y = 50; y < 150; ++y) {
      const Span core = outline.core_row(y);
      const Span full = outline.full_row(y);
      if (core.empty()) continue;
      std::vector<float> weights(full.end - core.end);
      outline.feather_weights(core.end, y, static_cast<int>(weights.size()), weights.data());
      for (std::size_t i = 1; i < weights.size(); ++i) ASSERT_LE(weights[i], weights[i - 1]);
      for (const float weight : weights) {
        ASSERT_GE(weight, 0);
        ASSERT_LE(weight, 1);
      }
      if (y == 100) {
        EXPECT_GT(weights.front(), 0.9F);
        EXPECT_LT(weights.back(), 0.1F);
      }
    }
  }
}

TEST(Outline, RegionsWithoutPlaceOrExtentCoverNothing) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Ellipse& core :
       {Ellipse{{kNan, 0}, 5, 5, 0}, Ellipse{{0, kInfinity}, 5, 5, 0}, Ellipse{{0, 0}, 0, 5, 0},
        Ellipse{{0, 0}, 5, -1, 0}, Ellipse{{0, 0}, 5, kNan, 0}, Ellipse{{0, 0}, kInfinity, 5, 0}}) {
    const Region region{Shape::kEllipse, core, 2};
    EXPECT_TRUE(region.bounds().empty());
    EXPECT_TRUE(Outline(region).full_row(0).empty());
    EXPECT_TRUE(Redactor::support(region, {100, 100}).empty());
  }
}

TEST(Outline, AnglesAndFeathersWithoutValueCountAsNone) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  const Region region{Shape::kEllipse, {{20, 20}, 10, 5, kNan}, kNan};
  EXPECT_EQ(region.bounds(), (Rect{10, 15, 20, 10}));
}

TEST(Outline, HugeRegionsCoverThePictureWithoutOverflow) {
  for (const float radius : {1e6F, 1e12F, 1e30F}) {
    const Outline outline({Shape::kEllipse, {{10, 10}, radius, radius, 1}, radius / 8});
    const Span row = outline.core_row(50);
    EXPECT_LT(row.begin, 0);
    EXPECT_GT(row.end, 65'500);
    EXPECT_EQ(intersect(outline.bounds(), {0, 0, 65'500, 65'500}), (Rect{0, 0, 65'500, 65'500}));
  }
}

TEST(Cluster, RegionsThatShareAPixelAreTogetherAlsoThroughOthers) {
  const auto disc = [](float x, float y) { return Outline({Shape::kEllipse, {{x, y}, 10, 10, 0}, 2}); };
  const std::vector<Outline> outlines = {disc(100, 100), disc(300, 100), disc(120, 100), disc(140, 100),
                                         disc(301, 110)};
  const auto groups = touching(outlines, {400, 400});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0], (std::vector<int>{0, 2, 3}));
  EXPECT_EQ(groups[1], (std::vector<int>{1, 4}));
}

TEST(Cluster, WhatIsSharedOutsideThePictureDoesNotCount) {
  const std::vector<Outline> outlines = {Outline({Shape::kBox, {{-50, 20}, 70, 5, 0}, 0}),
                                         Outline({Shape::kBox, {{-50, 60}, 40, 60, 0}, 0}),
                                         Outline({Shape::kBox, {{0, 60}, 20, 5, 0}, 0})};
  EXPECT_EQ(touching(outlines, {400, 400}).size(), 3U);
}

TEST(Cluster, HugeRegionsCostNoMoreThanThePicture) {
  std::vector<Outline> outlines;
  for (int i = 0; i < 20; ++i) {
    outlines.push_back(Outline({Shape::kEllipse, {{0, i % 2 == 0 ? 2e8F : -2e8F}, 1e8F, 1e8F, 0}, 1e6F}));
  }
  EXPECT_GE(touching(outlines, {400, 400}).size(), 2U);
}

TEST(Cluster, BoundsThatMeetDoNotMakeNeighbors) {
  const auto disc = [](float x, float y) { return Outline({Shape::kEllipse, {{x, y}, 10, 10, 0}, 0}); };
  const std::vector<Outline> outlines = {disc(100, 100), disc(116, 116)};
  EXPECT_EQ(touching(outlines, {400, 400}).size(), 2U);
}

}  // namespace
}  // namespace face_privacy
