#include "detect/retinaface/head_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/retinaface/output_layout.h"

namespace face_privacy {
namespace {

constexpr Size kInput{96, 64};  // 3 x 2 cells at stride 32, 6 x 4 at 16, 12 x 8 at 8

// Outputs of the insightface layout, all zero, with single values to set.
class InsightfaceOutputs {
 public:
  InsightfaceOutputs() : coding_(*coding_of(OutputLayout::kInsightface, {}, {.landmark_scale = 0.2F})) {
    for (std::size_t level = 0; level < kLevelCount; ++level) {
      for (std::size_t part = 0; part < 3; ++part) {
        table_.outputs[level][part] = level * 3 + part;
        values_[level * 3 + part].resize(kChannels[part] * columns(level) * rows(level));
      }
    }
  }

  float& at(std::size_t level, std::size_t part, std::size_t channel, std::size_t column, std::size_t row) {
    return values_[level * 3 + part][(channel * rows(level) + row) * columns(level) + column];
  }
  std::vector<Face> decode(float min_score) const {
    std::vector<std::span<const float>> spans(values_.begin(), values_.end());
    return decode_heads(arrange_outputs(table_, coding_, spans, kInput), coding_, min_score);
  }
  std::vector<float>& values(std::size_t index) { return values_[index]; }

 private:
  static constexpr std::array<std::size_t, 3> kChannels{4, 8, 20};
  std::size_t columns(std::size_t level) const {
    return static_cast<std::size_t>(kInput.width / coding_.levels[level].stride_px);
  }
  std::size_t rows(std::size_t level) const {
    return static_cast<std::size_t>(kInput.height / coding_.levels[level].stride_px);
  }

  BoxCoding coding_;
  OutputTable table_{OutputLayout::kInsightface, {}};
  std::array<std::vector<float>, 9> values_;
};

TEST(HeadDecoder, DecodesAnInsightfaceAnchorAsComputedByHand) {
  InsightfaceOutputs outputs;
  // Stride 16, second anchor (64 px), cell (2, 1): center (2 * 16 + 8, 1 * 16 + 8) = (40, 24).
  outputs.at(1, 0, 3, 2, 1) = 0.75F;
  outputs.at(1, 1, 4, 2, 1) = 0.25F;           // x: 40 + 16 = 56
  outputs.at(1, 1, 5, 2, 1) = -0.125F;         // y: 24 - 8 = 16
  outputs.at(1, 1, 6, 2, 1) = std::log(0.5F);  // 32 wide
  outputs.at(1, 1, 7, 2, 1) = std::log(1.5F);  // 96 high
  outputs.at(1, 2, 10, 2, 1) = -1;             // the eye on the left: 40 - 0.2 * 64
  outputs.at(1, 2, 13, 2, 1) = 0.5F;           // the eye on the right, y: 24 + 0.1 * 64
  const auto faces = outputs.decode(0.5F);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_FLOAT_EQ(faces[0].score, 0.75F);
  EXPECT_NEAR(faces[0].box.x, 40, 1e-4);
  EXPECT_NEAR(faces[0].box.y, -32, 1e-4);
  EXPECT_NEAR(faces[0].box.width, 32, 1e-4);
  EXPECT_NEAR(faces[0].box.height, 96, 1e-4);
  EXPECT_NEAR(faces[0].landmarks.right_eye.x, 27.2F, 1e-4);  // the person's right
  EXPECT_NEAR(faces[0].landmarks.left_eye.y, 30.4F, 1e-4);
  EXPECT_NEAR(faces[0].landmarks.nose.x, 40, 1e-4);
}

TEST(HeadDecoder, KnowsTheAnchorsOfEveryLevel) {
  constexpr std::array<std::array<float, 2>, 3> kSides{{{512, 256}, {128, 64}, {32, 16}}};
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    for (std::size_t anchor = 0; anchor < kAnchorsPerCell; ++anchor) {
      InsightfaceOutputs outputs;
      outputs.at(level, 0, kAnchorsPerCell + anchor, 0, 0) = 1;
      const auto faces = outputs.decode(0.5F);
      ASSERT_EQ(faces.size(), 1U);
      EXPECT_FLOAT_EQ(faces[0].box.width, kSides[level][anchor]);
      EXPECT_FLOAT_EQ(faces[0].box.center().x, 8);
      EXPECT_FLOAT_EQ(faces[0].box.center().y, 8);
    }
  }
}

TEST(HeadDecoder, IgnoresBackgroundScores) {
  InsightfaceOutputs outputs;
  outputs.at(2, 0, 0, 3, 3) = 1;
  outputs.at(2, 0, 1, 3, 3) = 1;
  EXPECT_TRUE(outputs.decode(0.5F).empty());
}

TEST(HeadDecoder, DecodesAPriorAsComputedByHand) {
  const BoxCoding coding = *coding_of(OutputLayout::kPriors, {}, {});
  const std::size_t priors = 2 * (96 + 24 + 6);
  std::vector<float> loc(4 * priors);
  std::vector<float> conf(2 * priors);
  std::vector<float> landms(10 * priors);
  // Stride 16, cell (5, 2), second prior (64 px): row 2 * 96 + (2 * 6 + 5) * 2 + 1.
  const std::size_t row = 2 * 96 + (2 * 6 + 5) * 2 + 1;
  conf[2 * row + 1] = 0.9F;
  loc[4 * row] = 1;                      // center (88, 40), moved by 0.1 * 64
  loc[4 * row + 2] = 5 * std::log(2.F);  // 0.2 * 5 = 1: twice as wide
  landms[10 * row + 4] = -2;             // nose: 88 - 0.1 * 2 * 64
  const OutputTable table{OutputLayout::kPriors, {{{1, 0, 2}, {1, 0, 2}, {1, 0, 2}}}};
  const std::array<std::span<const float>, 3> values{loc, conf, landms};
  const auto faces = decode_heads(arrange_outputs(table, coding, values, kInput), coding, 0.5F);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_NEAR(faces[0].box.center().x, 94.4F, 1e-4);
  EXPECT_NEAR(faces[0].box.center().y, 40, 1e-4);
  EXPECT_NEAR(faces[0].box.width, 128, 1e-3);
  EXPECT_NEAR(faces[0].box.height, 64, 1e-3);
  EXPECT_NEAR(faces[0].landmarks.nose.x, 75.2F, 1e-4);
}

TEST(HeadDecoder, LeavesOutWhatIsNotANumber) {
  const float kNan = std::numeric_limits<float>::quiet_NaN();
  const float kInfinity = std::numeric_limits<float>::infinity();
  const std::vector<std::pair<std::size_t, float>> cases = {{0, kNan},      {1, kInfinity}, {2, kNan},
                                                            {2, kInfinity}, {2, 200.F},     {3, -kInfinity}};
  for (const auto& [channel, value] : cases) {
    InsightfaceOutputs outputs;
    outputs.at(2, 0, 2, 1, 1) = 0.9F;
    outputs.at(2, 1, channel, 1, 1) = value;
    EXPECT_TRUE(outputs.decode(0.5F).empty()) << channel << " " << value;
  }
  InsightfaceOutputs nowhere;
  nowhere.at(2, 0, 2, 1, 1) = kNan;
  EXPECT_TRUE(nowhere.decode(0).size() > 0);  // all the zero scores, but not that one
  EXPECT_EQ(nowhere.decode(0).size(), 2U * (96 + 24 + 6) - 1);
  InsightfaceOutputs landmark;
  landmark.at(2, 0, 2, 1, 1) = 0.9F;
  landmark.at(2, 2, 9, 1, 1) = kNan;
  EXPECT_TRUE(landmark.decode(0.5F).empty());
}

TEST(HeadDecoder, LeavesOutALevelWithTooFewValues) {
  for (const std::size_t part : {0U, 1U, 2U}) {
    InsightfaceOutputs outputs;
    outputs.at(2, 0, 2, 1, 1) = 0.9F;
    outputs.at(1, 0, 2, 1, 1) = 0.9F;
    outputs.values(6 + part).pop_back();
    EXPECT_EQ(outputs.decode(0.5F).size(), 1U);
    outputs.values(6 + part).clear();
    EXPECT_EQ(outputs.decode(0.5F).size(), 1U);
  }
}

TEST(HeadDecoder, DecodesAnScrfdAnchorAsComputedByHand) {
  const BoxCoding coding = *coding_of(OutputLayout::kScrfd, {}, {});
  const OutputTable table{OutputLayout::kScrfd, {{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}}}};
  constexpr std::array<std::size_t, 3> kRows{192, 48, 12};
  constexpr std::array<std::size_t, 3> kColumns{1, 4, 10};
  std::array<std::vector<float>, 9> values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i].resize(kRows[i / 3] * kColumns[i % 3]);
  // Stride 16, the second anchor of cell (2, 1) of 6 columns: at (32, 16), in strides.
  constexpr std::size_t kRow = 2 * (6 + 2) + 1;
  values[3][kRow] = 0.75F;
  const std::array<float, 4> edges{1, 0.5F, 2, 1.5F};  // 16 left, 8 up, 32 right, 24 down
  std::copy(edges.begin(), edges.end(), values[4].begin() + 4 * kRow);
  values[5][10 * kRow] = -0.5F;      // the eye on the left: 32 - 8
  values[5][10 * kRow + 9] = 1.25F;  // the corner of the mouth on the right, y: 16 + 20
  const std::vector<std::span<const float>> spans(values.begin(), values.end());
  const auto faces = decode_heads(arrange_outputs(table, coding, spans, kInput), coding, 0.5F);
  ASSERT_EQ(faces.size(), 1U);
  EXPECT_FLOAT_EQ(faces[0].score, 0.75F);
  EXPECT_FLOAT_EQ(faces[0].box.x, 16);
  EXPECT_FLOAT_EQ(faces[0].box.y, 8);
  EXPECT_FLOAT_EQ(faces[0].box.width, 48);
  EXPECT_FLOAT_EQ(faces[0].box.height, 32);
  EXPECT_FLOAT_EQ(faces[0].landmarks.right_eye.x, 24);
  EXPECT_FLOAT_EQ(faces[0].landmarks.mouth_left.y, 36);
}

}  // namespace
}  // namespace face_privacy
