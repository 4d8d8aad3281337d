#include "detect/merge.h"

#include <gtest/gtest.h>

#include <cmath>

namespace face_privacy {
namespace {

Face face_at(float x, float score, float side = 10) {
  Face face{{x, 0, side, side}, score, {}};
  face.landmarks.nose = {x + side / 2, side / 2};
  return face;
}

TEST(SuppressRepeats, KeepsTheBestOfThoseThatOverlap) {
  // Shifted by 4 of 10: 6 / 14 = 0.43 in common; by 5: 5 / 15 = 0.33.
  const auto faces = suppress_repeats({face_at(4, 0.5F), face_at(0, 0.9F), face_at(-5, 0.3F)});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_FLOAT_EQ(faces[0].score, 0.9F);
  EXPECT_FLOAT_EQ(faces[1].score, 0.3F);
}

TEST(SuppressRepeats, ComparesOnlyWithFacesThatStay) {
  // A chain: the second repeats the first, the third repeats only the second.
  const auto faces = suppress_repeats({face_at(0, 0.9F), face_at(4, 0.8F), face_at(8, 0.7F)});
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_FLOAT_EQ(faces[1].score, 0.7F);
}

TEST(SuppressRepeats, KeepsABoxWithinAMuchLargerOne) {
  EXPECT_EQ(suppress_repeats({face_at(0, 0.9F, 100), face_at(0, 0.5F, 30)}).size(), 2U);
  EXPECT_TRUE(suppress_repeats({}).empty());
}

TEST(MergePasses, LeavesASinglePassAsItIs) {
  const std::vector<PassFaces> passes{{{face_at(0, 0.9F), face_at(50, 0.2F)}}};
  const auto faces = merge_passes(passes);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_FLOAT_EQ(faces[0].score, 0.9F);
}

TEST(MergePasses, AveragesWhereAndRaisesTheScoreWherePassesAgree) {
  const std::vector<PassFaces> passes{{{face_at(0, 0.8F)}}, {{face_at(2, 0.4F)}}};
  const auto faces = merge_passes(passes);
  ASSERT_EQ(faces.size(), 1U);
  // Weights 0.64 and 0.16: a fifth of the way.
  EXPECT_NEAR(faces[0].box.x, 0.4F, 1e-5);
  EXPECT_NEAR(faces[0].landmarks.nose.x, 5.4F, 1e-5);
  EXPECT_NEAR(faces[0].score, 1 - 0.2 * std::sqrt(0.6), 1e-6);
}

TEST(MergePasses, DoesNotCountAPassTwice) {
  // In one pass two boxes may stay that both overlap the other pass's.
  const std::vector<PassFaces> passes{{{face_at(0, 0.8F)}}, {{face_at(4, 0.5F), face_at(-4, 0.5F)}}};
  const auto faces = merge_passes(passes);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].score, 1 - 0.2 * std::sqrt(0.5), 1e-6);
}

TEST(MergePasses, ABoxThatFitsPoorlyDoesNotMoveTheMean) {
  // 6 / 14 = 0.43 in common: the same face, but not the same box.
  const std::vector<PassFaces> passes{{{face_at(0, 0.8F)}}, {{face_at(4, 0.5F)}}};
  EXPECT_FLOAT_EQ(merge_passes(passes)[0].box.x, 0);
}

TEST(MergePasses, ATurnedCopyHasASayOnlyWhereNoOtherPassSawTheFace) {
  const std::vector<PassFaces> passes{{{face_at(0, 0.3F)}, false},
                                      {{face_at(2, 0.9F), face_at(50, 0.8F)}, true}};
  const auto faces = merge_passes(passes);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_FLOAT_EQ(faces[0].box.x, 0);
  EXPECT_GT(faces[0].score, 0.9F);
  EXPECT_FLOAT_EQ(faces[1].box.x, 50);
}

TEST(MergePasses, GivesTheBestFirst) {
  const std::vector<PassFaces> passes{{{face_at(0, 0.6F), face_at(50, 0.5F)}}, {{face_at(50, 0.5F)}}};
  const auto faces = merge_passes(passes);
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_FLOAT_EQ(faces[0].box.x, 50);
}

// Three passes; the last is at the smallest scale, where a face of 100 px is large.
std::vector<CrossCheck> checks(float first, float second, float last, float side = 100) {
  const auto one = [side](float score) { return CrossCheck{{face_at(2, score, side)}, 24, 400, 50}; };
  return {one(first), one(second), one(last)};
}

float doubted(float score, float side, const std::vector<CrossCheck>& by) {
  std::vector<Face> faces{face_at(0, score, side)};
  demote_large_faces(faces, by);
  return faces.front().score;
}

TEST(DoubtLargeFaces, NoSinglePassBringsDownAFaceThatTheOthersSee) {
  EXPECT_FLOAT_EQ(doubted(0.99F, 100, checks(0.98F, 0.95F, 0)), 0.99F);
}

TEST(DoubtLargeFaces, TakesTheSmallestScalesWordForWhatFewSee) {
  EXPECT_FLOAT_EQ(doubted(0.95F, 100, checks(0.95F, 0.1F, 0.1F)), 0.1F);
}

TEST(DoubtLargeFaces, LeavesWhatTheSmallestScaleSees) {
  EXPECT_FLOAT_EQ(doubted(0.8F, 100, checks(0, 0, 0.3F)), 0.8F);
}

TEST(DoubtLargeFaces, LeavesSmallFaces) { EXPECT_FLOAT_EQ(doubted(0.8F, 20, checks(0.1F, 0, 0, 20)), 0.8F); }

TEST(DoubtLargeFaces, AsksOnlyPassesThatSeeFacesOfThatSize) {
  auto by = checks(0, 0.9F, 0.15F);
  by[0].to_px = 80;  // the face is too large for it
  EXPECT_FLOAT_EQ(doubted(0.9F, 100, by), 0.9F);
}

TEST(DoubtLargeFaces, APassAloneHasNobodyToAsk) {
  EXPECT_FLOAT_EQ(doubted(0.9F, 100, {checks(0, 0, 0).front()}), 0.9F);
}

TEST(DoubtUnseenFaces, TakesScoreFromThoseThatThePassShouldHaveSeen) {
  std::vector<Face> faces{face_at(0, 0.9F, 100), face_at(300, 0.8F, 100), face_at(600, 0.7F, 20),
                          face_at(900, 0.6F, 400)};
  const std::vector<Face> pass{face_at(5, 0.06F, 100)};
  demote_unseen_faces(faces, pass, {.from_px = 50, .to_px = 200, .kept_share = 0.5F});
  ASSERT_EQ(faces.size(), 4U);
  EXPECT_FLOAT_EQ(faces[0].score, 0.9F);  // seen, however faintly
  EXPECT_FLOAT_EQ(faces[1].score, 0.7F);  // too small for the pass
  EXPECT_FLOAT_EQ(faces[2].score, 0.6F);  // too large
  EXPECT_FLOAT_EQ(faces[3].score, 0.4F);
}

}  // namespace
}  // namespace face_privacy
