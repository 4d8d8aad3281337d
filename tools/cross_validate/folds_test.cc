#include "folds.h"

#include <gtest/gtest.h>

#include <string>

namespace face_privacy {
namespace {

// Two rules over three photos, one in each fold. The second finds more, but in the photo of fold 2.
Table table() {
  const BoxesOfPhoto sure{{0.9F, true}};
  const BoxesOfPhoto doubtful{{0.9F, true}, {0.3F, true}, {0.2F, false}};
  const BoxesOfPhoto wrong{{0.9F, true}, {0.3F, false}, {0.3F, false}};
  return {{0, 1, 2}, {2, 2, 2}, {{sure, sure, sure}, {doubtful, doubtful, wrong}}};
}

TEST(Folds, CountOnlyThePhotosTheyAreAskedFor) {
  const Counts counts = count(table(), {1, 0.25F}, [](int fold) { return fold == 2; });
  EXPECT_EQ(counts.labelled, 2);
  EXPECT_EQ(counts.found, 1);
  EXPECT_EQ(counts.false_alarms, 2);
  EXPECT_DOUBLE_EQ(counts.recall(), 0.5);
}

TEST(Folds, ChooseWithoutThePhotosLeftOut) {
  // Where fold 2 has no say, the second rule finds two faces a photo without a false alarm.
  const Choice without_2 = choose_without(table(), 2, {0, 0.5F});
  EXPECT_EQ(without_2.rule, 1U);
  EXPECT_GT(without_2.min_score, 0.2F);
  EXPECT_LE(without_2.min_score, 0.3F);
  // Where it has, that rule is less precise than what is there.
  const Choice without_0 = choose_without(table(), 0, {0, 0.5F});
  EXPECT_EQ(count(table(), without_0, [](int fold) { return fold != 0; }).false_alarms, 0);
}

TEST(Folds, APhotoStaysInItsFoldAndFoldsAreOfLikeSize) {
  std::vector<int> sizes(5, 0);
  for (int i = 0; i < 1000; ++i) {
    const std::string name = "photo-" + std::to_string(i) + ".jpg";
    EXPECT_EQ(fold_of(name, 5), fold_of(name, 5));
    ++sizes.at(static_cast<std::size_t>(fold_of(name, 5)));
  }
  for (const int size : sizes) EXPECT_NEAR(size, 200, 60);
}

}  // namespace
}  // namespace face_privacy
