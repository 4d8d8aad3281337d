#include <gtest/gtest.h>

#include "eval/evaluation.h"
#include "eval/matching.h"
#include "eval/truth.h"

namespace face_privacy {
namespace {

constexpr Size kPhoto{640, 480};

Face face_at(BoxF box, float score) { return {box, score, {}}; }

TruthPhoto boxes(std::vector<BoxF> list) {
  TruthPhoto photo{"a.jpg", {}, {}};
  for (const BoxF& box : list) photo.faces.push_back({box, {}});
  return photo;
}

TEST(Truth, ReadsBoxesKindsAndNoses) {
  const auto photos = parse_truth(
      "{\"image\": \"a/b.jpg\", \"faces\": [{\"box\": [1, 2.5, 30, 40], \"kind\": \"masked\"}, "
      "{\"box\": [5, 6, 7, 8]}]}\r\n"
      "\n"
      "{\"image\": \"c.jpg\", \"noses\": [[10, 20]], \"more\": 1}\n"
      "{\"image\": \"d.jpg\", \"faces\": []}");
  ASSERT_TRUE(photos.has_value()) << photos.error().message;
  ASSERT_EQ(photos->size(), 3U);
  EXPECT_EQ((*photos)[0].image, "a/b.jpg");
  ASSERT_EQ((*photos)[0].faces.size(), 2U);
  EXPECT_FLOAT_EQ((*photos)[0].faces[0].box.y, 2.5F);
  EXPECT_FLOAT_EQ((*photos)[0].faces[0].box.height, 40);
  EXPECT_EQ((*photos)[0].faces[0].kind, "masked");
  EXPECT_EQ((*photos)[0].faces[1].kind, "");
  ASSERT_EQ((*photos)[1].noses.size(), 1U);
  EXPECT_FLOAT_EQ((*photos)[1].noses[0].y, 20);
  EXPECT_TRUE((*photos)[2].faces.empty());
}

TEST(Truth, NamesTheBadLineAndWhatIsWrong) {
  const std::string good = "{\"image\":\"a\",\"faces\":[]}\n\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{", "no JSON"},
      {"[]", "no JSON object"},
      {"{\"image\":3,\"faces\":[]}", "no \"image\""},
      {"{\"image\":\"a\"}", "neither"},
      {"{\"image\":\"a\",\"faces\":{}}", "\"faces\" is no array"},
      {"{\"image\":\"a\",\"faces\":[[1,2,3,4]]}", "no \"box\""},
      {"{\"image\":\"a\",\"faces\":[{\"box\":[1,2,3]}]}", "needs 4 numbers"},
      {"{\"image\":\"a\",\"faces\":[{\"box\":[1,2,3,\"4\"]}]}", "no coordinate"},
      {"{\"image\":\"a\",\"faces\":[{\"box\":[1,2,3,1e300]}]}", "no coordinate"},
      {"{\"image\":\"a\",\"faces\":[{\"box\":[1,2,0,4]}]}", "no area"},
      {"{\"image\":\"a\",\"faces\":[{\"box\":[1,2,3,4],\"kind\":5}]}", "\"kind\""},
      {"{\"image\":\"a\",\"noses\":[[1]]}", "needs 2 numbers"},
  };
  for (const auto& [line, reason] : cases) {
    const auto photos = parse_truth(good + line);
    ASSERT_FALSE(photos.has_value()) << line;
    EXPECT_EQ(photos.error().code, ErrorCode::kInvalidOption);
    EXPECT_NE(photos.error().message.find("line 3"), std::string::npos) << photos.error().message;
    EXPECT_NE(photos.error().message.find(reason), std::string::npos) << photos.error().message;
  }
}

TEST(Matching, UsesEachLabelOnceTheBestFaceFirst) {
  const auto truth = boxes({{0, 0, 10, 10}, {100, 0, 10, 10}});
  const std::vector<Face> found = {face_at({1, 0, 10, 10}, 0.9F), face_at({0, 0, 10, 10}, 0.8F),
                                   face_at({100, 3, 10, 10}, 0.7F), face_at({50, 50, 10, 10}, 0.6F)};
  const auto matches = match_faces(found, truth, kPhoto, 0.4F);
  ASSERT_EQ(matches.size(), 4U);
  EXPECT_EQ(matches[0], 0U);
  EXPECT_EQ(matches[1], std::nullopt);  // the label is taken, though this box fits better
  EXPECT_EQ(matches[2], 1U);
  EXPECT_EQ(matches[3], std::nullopt);
}

TEST(Matching, TakesTheLabelThatOverlapsMost) {
  const auto truth = boxes({{0, 0, 10, 10}, {2, 0, 10, 10}});
  const auto matches = match_faces(std::vector{face_at({2, 0, 10, 10}, 0.9F)}, truth, kPhoto, 0.4F);
  EXPECT_EQ(matches[0], 1U);
}

TEST(Matching, HoldsToTheOverlapAskedFor) {
  // 10 x 10 shifted by 5: 50 in common of 150.
  const auto truth = boxes({{0, 0, 10, 10}});
  const std::vector<Face> found = {face_at({5, 0, 10, 10}, 0.9F)};
  EXPECT_EQ(match_faces(found, truth, kPhoto, 0.33F)[0], 0U);
  EXPECT_EQ(match_faces(found, truth, kPhoto, 0.34F)[0], std::nullopt);
}

TEST(Matching, CountsOfBothBoxesWhatLiesInThePicture) {
  // A head half beyond the corner: its label ends at the edge, the found box goes on.
  const auto truth = boxes({{0, 0, 10, 10}, {630, 470, 30, 30}});
  const std::vector<Face> found = {face_at({-10, -10, 20, 20}, 0.9F), face_at({630, 470, 10, 10}, 0.8F),
                                   face_at({-30, 0, 20, 20}, 0.7F)};
  const auto matches = match_faces(found, truth, kPhoto, 0.9F);
  EXPECT_EQ(matches[0], 0U);
  EXPECT_EQ(matches[1], 1U);
  EXPECT_EQ(matches[2], std::nullopt);
}

TEST(Matching, ANoseIsFoundByABoxThatHoldsIt) {
  TruthPhoto truth{"a.jpg", {}, {{5, 5}, {8, 8}, {100, 100}}};
  const std::vector<Face> found = {face_at({0, 0, 10, 10}, 0.9F), face_at({1, 1, 10, 10}, 0.8F),
                                   face_at({0, 0, 11, 11}, 0.7F)};
  const auto matches = match_faces(found, truth, kPhoto, 0.4F);
  EXPECT_EQ(matches[0], 0U);
  EXPECT_EQ(matches[1], 1U);
  EXPECT_EQ(matches[2], std::nullopt);
}

TEST(Coverage, IsTheShareOfTheVisibleBox) {
  const Size picture{100, 100};
  const auto left_half = [](PointF point) { return point.x < 50; };
  EXPECT_NEAR(covered_share({40, 0, 20, 20}, picture, left_half), 0.5F, 0.02F);
  EXPECT_NEAR(covered_share({-20, 0, 60, 20}, picture, left_half), 1, 0);
  EXPECT_NEAR(covered_share({60, 0, 20, 20}, picture, left_half), 0, 0);
  EXPECT_NEAR(covered_share({25, 90, 100, 50}, picture, left_half), 1.F / 3, 0.02F);  // 25..100 is visible
}

TEST(SizeBand, CountsAsIfThePhotoWere640PxLong) {
  EXPECT_EQ(size_band({0, 0, 40, 40}, {1920, 1080}), SizeBand::kUnder16);
  EXPECT_EQ(size_band({0, 0, 48, 48}, {1080, 1920}), SizeBand::kUnder32);
  EXPECT_EQ(size_band({0, 0, 40, 40}, {640, 480}), SizeBand::kUnder64);
  EXPECT_EQ(size_band({0, 0, 40, 40}, {320, 240}), SizeBand::kLarger);
}

TEST(AveragePrecision, MatchesHandComputedAreas) {
  EXPECT_DOUBLE_EQ(average_precision({true, true}, 2), 1);
  EXPECT_DOUBLE_EQ(average_precision({true, true}, 4), 0.5);
  EXPECT_DOUBLE_EQ(average_precision({}, 3), 0);
  EXPECT_DOUBLE_EQ(average_precision({false, true}, 1), 0.5);
  // Recall 1/3 at precision 1, 2/3 at 2/3, 1 at 3/5.
  EXPECT_DOUBLE_EQ(average_precision({true, false, true, false, true}, 3), (1 + 2.0 / 3 + 3.0 / 5) / 3);
  // The dip at the start does not count: precision 2/3 is reached at recall 1.
  EXPECT_DOUBLE_EQ(average_precision({false, true, true}, 2), 2.0 / 3);
  EXPECT_DOUBLE_EQ(average_precision({true}, 0), 0);
}

class EvaluationOfTwoPhotos : public testing::Test {
 protected:
  EvaluationOfTwoPhotos() {
    TruthPhoto first = boxes({{0, 0, 10, 10}, {100, 100, 100, 100}});
    first.faces[0].kind = "small";
    first.faces[1].kind = "large";
    evaluation_.add(first, {640, 480},
                    std::vector{face_at({100, 100, 100, 90}, 0.9F), face_at({300, 300, 20, 20}, 0.5F),
                                face_at({0, 0, 10, 9}, 0.2F)},
                    std::vector{0.95F, 0.5F});
    const TruthPhoto second{"b.jpg", {}, {{50, 50}}};
    evaluation_.add(second, {640, 480}, std::vector{face_at({40, 40, 20, 20}, 0.4F)}, {});
  }
  Evaluation evaluation_{0.4F};
};

TEST_F(EvaluationOfTwoPhotos, CountsAtAThreshold) {
  const Figures figures = evaluation_.all(0.3F);
  EXPECT_EQ(figures.labelled, 3);
  EXPECT_EQ(figures.found, 2);
  EXPECT_EQ(figures.false_alarms, 1);
  EXPECT_EQ(figures.coverable, 2);
  EXPECT_EQ(figures.covered, 1);
  EXPECT_DOUBLE_EQ(figures.recall(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.precision(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(figures.covered_rate(), 0.5);
}

TEST_F(EvaluationOfTwoPhotos, RanksAllPhotosTogetherForTheArea) {
  // 0.9 right, 0.5 wrong, 0.4 right, 0.2 right; precision 1, then 3/4 from the end.
  EXPECT_DOUBLE_EQ(evaluation_.all(0.3F).average_precision, (1 + 0.75 + 0.75) / 3);
}

TEST_F(EvaluationOfTwoPhotos, SplitsBySize) {
  const Figures tiny = evaluation_.band(SizeBand::kUnder16, 0.1F);
  EXPECT_EQ(tiny.labelled, 1);
  EXPECT_EQ(tiny.found, 1);
  EXPECT_EQ(tiny.false_alarms, 0);
  const Figures small = evaluation_.band(SizeBand::kUnder32, 0.1F);
  EXPECT_EQ(small.labelled, 0);
  EXPECT_EQ(small.false_alarms, 1);
  EXPECT_DOUBLE_EQ(evaluation_.band(SizeBand::kLarger, 0.1F).recall(), 1);
}

TEST_F(EvaluationOfTwoPhotos, SplitsByKind) {
  const auto kinds = evaluation_.by_kind(0.3F);
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds.at("small").found, 0);
  EXPECT_EQ(kinds.at("large").found, 1);
  EXPECT_EQ(kinds.at("small").covered, 1);
}

TEST_F(EvaluationOfTwoPhotos, GivesTheCurve) {
  const auto curve = evaluation_.curve(std::vector{0.1F, 0.45F, 0.95F});
  ASSERT_EQ(curve.size(), 3U);
  EXPECT_DOUBLE_EQ(curve[0].recall, 1);
  EXPECT_DOUBLE_EQ(curve[0].precision, 0.75);
  EXPECT_DOUBLE_EQ(curve[1].recall, 1.0 / 3);
  EXPECT_DOUBLE_EQ(curve[1].precision, 0.5);
  EXPECT_DOUBLE_EQ(curve[2].recall, 0);
  EXPECT_DOUBLE_EQ(curve[2].precision, 0);
}

}  // namespace
}  // namespace face_privacy
