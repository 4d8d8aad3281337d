#include "pipeline/clip_look.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

TEST(RescaledScore, PutsTheThresholdOfOneProfileAtThatOfTheOther) {
  EXPECT_FLOAT_EQ(rescaled_score(0.19F, 0.19F, 0.4F), 0.4F);
  EXPECT_FLOAT_EQ(rescaled_score(0, 0.19F, 0.4F), 0);
  EXPECT_FLOAT_EQ(rescaled_score(1, 0.19F, 0.4F), 1);
}

TEST(RescaledScore, KeepsTheOrderAndComesBack) {
  float before = -1;
  for (float score = 0; score <= 1; score += 0.01F) {
    const float there = rescaled_score(score, 0.19F, 0.4F);
    EXPECT_GT(there, before);
    EXPECT_NEAR(rescaled_score(there, 0.4F, 0.19F), score, 1e-5F);
    before = there;
  }
}

TEST(RescaledScore, AThresholdOfOneLeavesHighScoresAlone) { EXPECT_FLOAT_EQ(rescaled_score(1, 1, 0.4F), 1); }

TEST(CloseLooks, ComeAtFirstAndThenAfterAWhile) {
  CloseLooks looks;
  EXPECT_TRUE(looks.is_due(MediaTime(0), false));
  EXPECT_FALSE(looks.is_due(CloseLooks::kBetween - MediaTime(1), false));
  EXPECT_TRUE(looks.is_due(CloseLooks::kBetween, false));
  EXPECT_FALSE(looks.is_due(CloseLooks::kBetween + MediaTime(1), false));
}

TEST(CloseLooks, ComeAtBothEdgesOfAShot) {
  CloseLooks looks;
  EXPECT_TRUE(looks.is_due(MediaTime(0), true));
  EXPECT_TRUE(looks.is_due(MediaTime(40'000), true));
  EXPECT_FALSE(looks.is_due(MediaTime(80'000), false));
}

}  // namespace
}  // namespace face_privacy
