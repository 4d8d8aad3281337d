#include "eval/video_evaluation.h"

#include <gtest/gtest.h>

#include <set>

#include "eval/cover_file.h"

namespace face_privacy {
namespace {

constexpr Size kPicture{160, 90};
constexpr float kAnySize = 1e6F;

TruthPerson person_at(float x, int frames, float side = 20) {
  TruthPerson person;
  for (int i = 0; i < frames; ++i) person.boxes[i] = {x, 10, side, side};
  return person;
}

// Covers the left half of the picture but in some frames.
std::function<VideoEvaluation::CoverOfFrame(int)> left_half_except(std::set<int> bare) {
  return [bare](int frame) -> VideoEvaluation::CoverOfFrame {
    const bool covers = !bare.contains(frame);
    return [covers](PointF point) { return covers && point.x < 80; };
  };
}

TEST(VideoEvaluation, APersonWhoShowsForOneFrameIsExposed) {
  VideoEvaluation evaluation;
  const std::vector people{person_at(10, 10), person_at(40, 10)};
  evaluation.add_clip(people, kPicture, 10, left_half_except({4}));
  const CoverFigures figures = evaluation.figures(0, kAnySize);
  EXPECT_EQ(figures.people, 2);
  EXPECT_EQ(figures.exposed, 2);
  EXPECT_EQ(figures.boxes, 20);
  EXPECT_EQ(figures.covered, 18);
  EXPECT_EQ(figures.longest_run, 1);
  EXPECT_EQ(figures.switches, 4);
}

TEST(VideoEvaluation, TheLongestRunCountsFramesOneAfterTheOther) {
  VideoEvaluation evaluation;
  evaluation.add_clip(std::vector{person_at(10, 10)}, kPicture, 10, left_half_except({1, 2, 3, 6, 7}));
  EXPECT_EQ(evaluation.figures(0, kAnySize).longest_run, 3);
}

TEST(VideoEvaluation, AFaceThatIsNotLabelledInAFrameNeedsNoCoverThere) {
  VideoEvaluation evaluation;
  TruthPerson person = person_at(10, 10);
  person.boxes.erase(5);
  evaluation.add_clip(std::vector{person}, kPicture, 10, left_half_except({5}));
  EXPECT_EQ(evaluation.figures(0, kAnySize).exposed, 0);
}

TEST(VideoEvaluation, SizesAreCountedApart) {
  VideoEvaluation evaluation;
  const std::vector people{person_at(10, 4, 20), person_at(100, 4, 40)};
  evaluation.add_clip(people, kPicture, 4, left_half_except({}));
  EXPECT_EQ(evaluation.figures(0, 32).exposed, 0);
  EXPECT_EQ(evaluation.figures(32, kAnySize).exposed, 1);
  EXPECT_EQ(evaluation.figures(32, kAnySize).people, 1);
}

TEST(VideoEvaluation, NeedlessIsWhatLiesInNoLabelledBox) {
  VideoEvaluation evaluation;
  evaluation.add_clip(std::vector{person_at(0, 1, 40)}, kPicture, 2, left_half_except({}));
  EXPECT_NEAR(evaluation.redacted_area(), 0.5, 0.001);
  EXPECT_NEAR(evaluation.needless_area(), 0.5 - 40.0 * 40 / (160 * 90) / 2, 0.001);
}

TEST(VideoEvaluation, WhatLiesOnAPartlySeenFaceIsNeitherNeededNorNeedless) {
  VideoEvaluation evaluation;
  TruthPerson person;
  person.partly[0] = {0, 0, 80, 90};
  evaluation.add_clip(std::vector{person}, kPicture, 1, left_half_except({}));
  EXPECT_EQ(evaluation.figures(0, kAnySize).boxes, 0);
  EXPECT_EQ(evaluation.needless_area(), 0);
}

TEST(VideoTruth, ReadsALineAPerson) {
  const auto people = parse_video_truth(
      "{\"person\": 3, \"boxes\": {\"0\": [1, 2, 3, 4], \"12\": [5.5, 6, 7, 8]}}\n\n{\"person\": 4, "
      "\"boxes\": {}}\n");
  ASSERT_TRUE(people);
  ASSERT_EQ(people->size(), 2);
  EXPECT_EQ((*people)[0].person, 3);
  EXPECT_FLOAT_EQ((*people)[0].boxes.at(12).x, 5.5F);
}

TEST(VideoTruth, ABadLineIsNamed) {
  const auto error_of = [](std::string_view text) {
    const auto people = parse_video_truth(text);
    return people ? std::string("none") : people.error().message;
  };
  EXPECT_EQ(error_of("\n["), "truth, line 2: no JSON, or a name twice");
  EXPECT_EQ(error_of("{\"boxes\": {}}"), "truth, line 1: no \"person\" with a number");
  EXPECT_EQ(error_of("{\"person\": 1}"), "truth, line 1: no \"boxes\" by frame");
  EXPECT_EQ(error_of("{\"person\": 1, \"boxes\": {\"x\": [1, 2, 3, 4]}}"),
            "truth, line 1: \"boxes\" has a member that is no frame number");
  EXPECT_EQ(error_of("{\"person\": 1, \"boxes\": {\"1\": [1, 2, 3]}}"),
            "truth, line 1: a box needs 4 numbers");
  EXPECT_EQ(error_of("{\"person\": 1, \"boxes\": {\"1\": [1, 2, 0, 4]}}"),
            "truth, line 1: a box has no area");
}

TEST(CoverFile, ReadsTheSizeAndALineAFrame) {
  const auto cover =
      parse_cover("{\"width\": 160, \"height\": 90}\n{\"ellipses\": []}\n{\"ellipses\": [[5, 6, 7, 8.5]]}\n");
  ASSERT_TRUE(cover);
  EXPECT_EQ(cover->size, kPicture);
  ASSERT_EQ(cover->frames.size(), 2);
  EXPECT_TRUE(cover->frames[0].empty());
  EXPECT_FLOAT_EQ(cover->frames[1][0].radius_y, 8.5F);
}

TEST(CoverFile, ABadLineIsNamed) {
  const auto error_of = [](std::string_view text) {
    const auto cover = parse_cover(text);
    return cover ? std::string("none") : cover.error().message;
  };
  EXPECT_EQ(error_of(""), "cover: has no line");
  EXPECT_EQ(error_of("{\"ellipses\": []}"), "cover, line 1: no \"width\" and \"height\"");
  EXPECT_EQ(error_of("{\"width\": 1, \"height\": 1}\n{\"ellipses\": [[1, 2, 0, 3]]}"),
            "cover, line 2: an ellipse has no area");
}

}  // namespace
}  // namespace face_privacy
