#include "redact/coverage_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace face_privacy {
namespace {

constexpr int kSide = 64;
constexpr Ellipse kPlace{{kSide / 2.F, kSide / 2.F}, 24, 24};

// Soft spots, a few gray levels apart, as of a face in shade.
Image soft_spots() {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> level(110, 130);
  Image picture({kSide, kSide}, kRgb8);
  for (int y = 0; y < kSide; y += 4) {
    for (int x = 0; x < kSide; x += 4) {
      const int value = level(random);
      for (int i = 0; i < 16; ++i) {
        std::uint8_t* pixel = picture.mutable_view().row(y + i / 4) + std::ptrdiff_t{3} * (x + i % 4);
        std::fill(pixel, pixel + 3, static_cast<std::uint8_t>(value));
      }
    }
  }
  return picture;
}

// The same in one color between two columns.
Image filled(const Image& picture, int from, int to, std::uint8_t color) {
  Image copy = picture.clone();
  for (int y = 0; y < kSide; ++y) {
    std::uint8_t* row = copy.mutable_view().row(y);
    std::fill(row + std::ptrdiff_t{3} * from, row + std::ptrdiff_t{3} * to, color);
  }
  return copy;
}

bool shows(const Image& original, const Image& redacted) {
  return shows_original(left_detail(original.view(), redacted.view(), {kSide, kSide}, kPlace));
}

TEST(CoverageCheck, APlaceThatIsAsItWasShows) {
  const Image picture = soft_spots();
  EXPECT_TRUE(shows(picture, picture));
}

TEST(CoverageCheck, APlaceInOneColorShowsNothing) {
  const Image picture = soft_spots();
  for (const std::uint8_t color : std::initializer_list<std::uint8_t>{0, 120, 255})
    EXPECT_FALSE(shows(picture, filled(picture, 0, kSide, color)));
}

// The edge of the black is a far stronger contrast than all of the face.
TEST(CoverageCheck, WhatLiesBareBesideAStrongEdgeShows) {
  const Image picture = soft_spots();
  EXPECT_TRUE(shows(picture, filled(picture, kSide / 2, kSide, 0)));
  const Image from_left = filled(picture, 0, kSide / 2 - 10, 0);
  EXPECT_TRUE(shows(picture, filled(from_left, kSide / 2 + 4, kSide, 0))) << "a strip of it";
}

// An average of the place is near to what was there, and its contrasts are not.
TEST(CoverageCheck, WhatIsNearTheOriginalByChanceShowsNothing) {
  const Image picture = soft_spots();
  EXPECT_FALSE(shows(picture, filled(picture, 0, kSide, 121)));
}

}  // namespace
}  // namespace face_privacy
