#include "detect/retinaface/output_layout.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace face_privacy {
namespace {

constexpr Size kInput{64, 96};

std::vector<TensorShape> insightface_shapes() {
  std::vector<TensorShape> shapes;
  for (const std::int64_t stride : {32, 16, 8}) {
    for (const std::int64_t channels : {4, 8, 20}) {
      shapes.push_back({1, channels, kInput.height / stride, kInput.width / stride});
    }
  }
  return shapes;
}

// 2 * (8 * 12 + 4 * 6 + 2 * 3) = 252 priors
std::vector<TensorShape> priors_shapes() { return {{1, 252, 4}, {1, 252, 2}, {1, 252, 10}}; }

std::vector<TensorShape> scrfd_shapes(bool with_batch) {
  std::vector<TensorShape> shapes;
  for (const std::int64_t columns : {1, 4, 10}) {
    for (const std::int64_t rows : {192, 48, 12}) {  // two anchors for each of 8 x 12, 4 x 6 and 2 x 3 cells
      shapes.push_back(with_batch ? TensorShape{1, rows, columns} : TensorShape{rows, columns});
    }
  }
  return shapes;
}

TEST(OutputLayout, IsToldByShapesInAnyOrder) {
  auto shapes = insightface_shapes();
  std::reverse(shapes.begin(), shapes.end());
  const auto table = recognize_outputs(shapes, kInput);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->layout, OutputLayout::kInsightface);
  EXPECT_EQ(table->outputs[0][0], 8U);  // scores of stride 32 come last now
  EXPECT_EQ(table->outputs[2][2], 0U);

  const auto priors = recognize_outputs(priors_shapes(), kInput);
  ASSERT_TRUE(priors.has_value());
  EXPECT_EQ(priors->layout, OutputLayout::kPriors);
  for (const auto& level : priors->outputs) EXPECT_EQ(level, (std::array<std::size_t, 3>{1, 0, 2}));
}

TEST(OutputLayout, IsScrfdWithAndWithoutABatch) {
  for (const bool with_batch : {true, false}) {
    const auto table = recognize_outputs(scrfd_shapes(with_batch), kInput);
    ASSERT_TRUE(table.has_value());
    EXPECT_EQ(table->layout, OutputLayout::kScrfd);
    EXPECT_EQ(table->outputs[0], (std::array<std::size_t, 3>{0, 3, 6}));
    EXPECT_EQ(table->outputs[2], (std::array<std::size_t, 3>{2, 5, 8}));
  }
}

TEST(OutputLayout, IsNoneWhereAnythingDiffers) {
  EXPECT_FALSE(recognize_outputs({}, kInput));
  for (auto shapes : {insightface_shapes(), priors_shapes(), scrfd_shapes(true), scrfd_shapes(false)}) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      auto changed = shapes;
      ++changed[i].back();
      EXPECT_FALSE(recognize_outputs(changed, kInput));
      changed[i] = {};
      EXPECT_FALSE(recognize_outputs(changed, kInput));
    }
    auto fewer = shapes;
    fewer.pop_back();
    EXPECT_FALSE(recognize_outputs(fewer, kInput));
  }
}

TEST(OutputLayout, RowsAndColumnsAreNotConfused) {
  auto shapes = insightface_shapes();
  for (auto& shape : shapes) std::swap(shape[2], shape[3]);
  EXPECT_FALSE(recognize_outputs(shapes, kInput));
}

TEST(OutputLayout, TakesWhatTheMetadataTell) {
  const auto priors = coding_of(OutputLayout::kPriors, {{"min_sizes", "16,32,64,128,256,512"}}, {});
  ASSERT_TRUE(priors.has_value());
  EXPECT_FLOAT_EQ(priors->levels[0].side_px[0], 16);
  EXPECT_FLOAT_EQ(priors->levels[2].side_px[1], 512);
  EXPECT_FLOAT_EQ(coding_of(OutputLayout::kPriors, {}, {})->levels[0].side_px[0], 10);

  EXPECT_FLOAT_EQ(coding_of(OutputLayout::kInsightface, {}, {})->landmark_scale, 1);
  EXPECT_FLOAT_EQ(coding_of(OutputLayout::kInsightface, {{"landmark_std", "0.2"}}, {})->landmark_scale, 0.2F);
  EXPECT_FLOAT_EQ(coding_of(OutputLayout::kInsightface, {{"landmark_std", "0.2"}}, {.landmark_scale = 1.F})
                      ->landmark_scale,
                  1);
}

TEST(OutputLayout, RefusesMetadataThatMakeNoSense) {
  for (const char* sizes : {"", "1,2,3", "1,2,3,4,5,6,7", "1,2,3,4,5,x", "1,2,3,4,5,", "1,2,3,4,5,-6",
                            "1,2,3,4,5,1e30", "1,2,3,4,5,nan", "1 2 3 4 5 6"}) {
    EXPECT_FALSE(coding_of(OutputLayout::kPriors, {{"min_sizes", sizes}}, {}).has_value()) << sizes;
  }
  EXPECT_FALSE(coding_of(OutputLayout::kInsightface, {{"landmark_std", "0"}}, {}).has_value());
}

}  // namespace
}  // namespace face_privacy
