#include "media/upright.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

void expect_near(const BoxF& a, const BoxF& b) {
  EXPECT_NEAR(a.x, b.x, 0.01);
  EXPECT_NEAR(a.y, b.y, 0.01);
  EXPECT_NEAR(a.width, b.width, 0.01);
  EXPECT_NEAR(a.height, b.height, 0.01);
}

TEST(Upright, BoxesComeBackFromEveryTurnAndAspect) {
  const BoxF box{10, 20, 30, 50};
  for (const double aspect : {0.75, 1.0, 4.0 / 3}) {
    for (int turn = 0; turn < 8; ++turn) {
      const Upright upright({320, 180}, aspect, (turn & 1) != 0, (turn & 2) != 0, (turn & 4) != 0);
      expect_near(upright.to_stored(upright.to_shown(box)), box);
    }
  }
}

TEST(Upright, AQuarterTurnClockwiseTakesTheTopLeftToTheTopRight) {
  const Upright upright({320, 180}, 1, true, true, false);
  EXPECT_EQ(upright.shown(), (Size{180, 320}));
  expect_near(upright.to_shown({0, 0, 10, 20}), {160, 0, 20, 10});
}

TEST(Upright, StretchesAndNeverShrinks) {
  EXPECT_EQ(Upright({720, 576}, 16.0 / 11, false, false, false).shown(), (Size{1047, 576}));
  EXPECT_EQ(Upright({720, 480}, 10.0 / 11, false, false, false).shown(), (Size{720, 528}));
}

}  // namespace
}  // namespace face_privacy
