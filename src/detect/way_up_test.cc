#include "detect/way_up.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace face_privacy {
namespace {

// Of the copies turned left, right and upside down.
std::vector<CopyEvidence> looks(Evidence left, Evidence right = {}, Evidence upside_down = {}) {
  return {{Orientation::kTurnedLeft, left},
          {Orientation::kTurnedRight, right},
          {Orientation::kUpsideDown, upside_down}};
}

Face face_of(float score, float side) { return {{0, 0, side, side}, score, {}}; }

TEST(WayUp, EvidenceIsOfSureFacesThatAreLargeEnough) {
  const std::vector<Face> faces{face_of(0.9F, 40), face_of(0.6F, 30), face_of(0.8F, 10), face_of(0.4F, 90)};
  const Evidence evidence = evidence_of(faces, {1000, 800}, 2);  // 12 px are 24 of the picture
  EXPECT_FLOAT_EQ(evidence.sum, 1.5F);
  EXPECT_FLOAT_EQ(evidence.best, 0.9F);
  EXPECT_FALSE(is_scant(evidence));
  EXPECT_TRUE(is_scant(evidence_of({}, {1000, 800}, 1)));
}

TEST(WayUp, ALargeFaceMustBeSurer) {
  const std::vector<Face> faces{face_of(0.85F, 200), face_of(0.95F, 300)};
  EXPECT_FLOAT_EQ(evidence_of(faces, {1000, 800}, 2).sum, 0.95F);
}

TEST(WayUp, TheSecondLookCountsSmallFacesAlone) {
  const std::vector<Face> faces{face_of(0.8F, 60), face_of(0.9F, 100)};
  const Evidence evidence = evidence_of(faces, {1000, 800}, 2);
  EXPECT_FLOAT_EQ(evidence.sum, 1.7F);
  EXPECT_FLOAT_EQ(of_small_faces(evidence).sum, 0.8F);
}

TEST(WayUp, IsThatOfTheCopyWithMorePeople) {
  EXPECT_EQ(way_up({0.6F, 0, 0.6F}, looks({0.7F, 0, 0.7F}, {}, {1.8F, 0, 0.9F}), kLeastSum),
            Orientation::kUpsideDown);
  EXPECT_EQ(way_up({0, 0, 0}, looks({0.9F, 0, 0.9F}), kLeastSum), Orientation::kTurnedLeft);
}

TEST(WayUp, StaysWhereTheCopiesHaveHardlyMore) {
  EXPECT_EQ(way_up({0.8F, 0, 0.8F}, looks({0.9F, 0, 0.9F}, {0.5F, 0, 0.5F}), kLeastSum),
            Orientation::kUpright);
  EXPECT_EQ(way_up({0, 0, 0}, looks({}), kLeastSum), Orientation::kUpright);
}

TEST(WayUp, ACertainFaceIsOutvotedByAWholeFaceMoreOnly) {
  EXPECT_EQ(way_up({0.99F, 0, 0.99F}, looks({1.5F, 0, 0.9F}), kLeastSum), Orientation::kUpright);
  EXPECT_EQ(way_up({0.99F, 0, 0.99F}, looks({1.95F, 0, 0.99F}), kLeastSum), Orientation::kTurnedLeft);
}

// Landmarks of a face of 10 px as seen from the front, turned clockwise.
Face leaning(float score, float degrees) {
  const float c = std::cos(degrees * std::numbers::pi_v<float> / 180);
  const float s = std::sin(degrees * std::numbers::pi_v<float> / 180);
  const auto at = [&](float x, float y) { return PointF{x * c - y * s, x * s + y * c}; };
  return {{-5, -5, 10, 10}, score, {at(2, -1), at(-2, -1), at(0, 1), at(1.5F, 3), at(-1.5F, 3)}};
}

TEST(Lean, IsTheMeanOfSureFaces) {
  EXPECT_FALSE(mean_lean({}).has_value());
  EXPECT_FALSE(mean_lean(std::vector{leaning(0.7F, 40)}).has_value());
  for (const float degrees : {-170.F, -45.F, 0.F, 30.F, 90.F}) {
    EXPECT_NEAR(*mean_lean(std::vector{leaning(0.9F, degrees), leaning(0.5F, 0)}), degrees, 0.01F);
  }
  EXPECT_NEAR(*mean_lean(std::vector{leaning(0.9F, 40), leaning(0.9F, 20)}), 30, 0.01F);
  EXPECT_NEAR(*mean_lean(std::vector{leaning(0.9F, 170), leaning(0.9F, -170)}), 180, 0.01F);
}

TEST(Lean, IsNoneWhereLandmarksFallTogether) {
  Face face = leaning(0.9F, 0);
  face.landmarks = {};
  EXPECT_FALSE(mean_lean(std::vector{face}).has_value());
}

TEST(Lean, HeadsThatLeanMustBeSeenBetterInTheTiltedCopy) {
  EXPECT_TRUE(is_upright_tilted({0.7F, 0, 0.7F}, {0.85F, 0, 0.85F}));
  EXPECT_FALSE(is_upright_tilted({0.9F, 0, 0.9F}, {0.95F, 0, 0.95F}));
  EXPECT_FALSE(is_upright_tilted({0, 0, 0}, {0.6F, 0, 0.6F}));
}

}  // namespace
}  // namespace face_privacy
