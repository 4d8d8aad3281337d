#include "detect/way_up.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

using Looks = std::array<Evidence, kTurnings.size()>;

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
  EXPECT_EQ(way_up({0.6F, 0, 0.6F}, Looks{Evidence{0.7F, 0, 0.7F}, {0, 0, 0}, {1.8F, 0, 0.9F}}, kLeastSum),
            Orientation::kUpsideDown);
  EXPECT_EQ(way_up({0, 0, 0}, Looks{Evidence{0.9F, 0, 0.9F}, {0, 0, 0}, {0, 0, 0}}, kLeastSum),
            Orientation::kTurnedLeft);
}

TEST(WayUp, StaysWhereTheCopiesHaveHardlyMore) {
  EXPECT_EQ(way_up({0.8F, 0, 0.8F}, Looks{Evidence{0.9F, 0, 0.9F}, {0.5F, 0, 0.5F}, {0, 0, 0}}, kLeastSum),
            Orientation::kUpright);
  EXPECT_EQ(way_up({0, 0, 0}, Looks{Evidence{0, 0, 0}, {0, 0, 0}, {0, 0, 0}}, kLeastSum),
            Orientation::kUpright);
}

TEST(WayUp, ACertainFaceIsOutvotedByAWholeFaceMoreOnly) {
  EXPECT_EQ(way_up({0.99F, 0, 0.99F}, Looks{Evidence{1.5F, 0, 0.9F}, {0, 0, 0}, {0, 0, 0}}, kLeastSum),
            Orientation::kUpright);
  EXPECT_EQ(way_up({0.99F, 0, 0.99F}, Looks{Evidence{1.95F, 0, 0.99F}, {0, 0, 0}, {0, 0, 0}}, kLeastSum),
            Orientation::kTurnedLeft);
}

}  // namespace
}  // namespace face_privacy
