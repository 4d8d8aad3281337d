#include "report/feedback_json.h"

#include <gtest/gtest.h>

#include "eval/truth.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

const std::string kModel(64, 'a');

std::string with(const std::string& before, const std::string& after) {
  std::string text =
      R"({"image":{"width":6400,"height":3200},"profile":"balanced","model":")" + kModel +
      R"(","min_score":0.194,"candidates":{"from":0.05,"passed_over":[0.07,0.123]},"boxes":[)"
      R"({"box":{"x":149,"y":151,"width":100.25,"height":100},"action":"confirmed","score":0.98761},)"
      R"({"box":{"x":0,"y":0,"width":1,"height":1},"action":"removed","score":0.2},)"
      R"({"box":{"x":640,"y":0,"width":640,"height":640},"action":"drawn","best_candidate":0.1249},)"
      R"({"box":{"x":640,"y":0,"width":640,"height":640},"action":"drawn","best_candidate":null}]})";
  const std::size_t place = before.empty() ? 0 : text.find(before);
  if (place == std::string::npos) throw std::logic_error(before);
  return text.replace(place, before.size(), after);
}

TEST(Feedback, IsMadeAsCoarseAsItIsKept) {
  const auto parsed = parse_feedback(with("", ""));
  ASSERT_TRUE(parsed) << parsed.error().message;
  const FeedbackReport& report = parsed->report;
  EXPECT_EQ(report.photo, (Size{6400, 3200}));
  EXPECT_EQ(report.min_score, 19);
  ASSERT_EQ(report.boxes.size(), 4U);
  EXPECT_EQ(report.boxes[0].box, (GridBox{1, 2, 1, 1}));
  EXPECT_EQ(report.boxes[0].score, 99);
  EXPECT_EQ(report.boxes[2].score, 12);
  EXPECT_FALSE(report.boxes[3].score);
  EXPECT_EQ(report.candidates->passed_over, (std::vector<Percent>{7, 12}));
}

TEST(Feedback, LeavesTheThresholdToTheServiceWhereItSaysNone) {
  const auto parsed = parse_feedback(with(R"("min_score":0.194,)", ""));
  ASSERT_TRUE(parsed);
  EXPECT_FALSE(parsed->has_min_score);
}

struct Wrong {
  const char* before;
  const char* after;
};
constexpr Wrong kWrong[] = {
    {R"("profile":"balanced")", R"("profile":"best")"},
    {R"("profile":"balanced")", R"("profile":"fast","profile":"balanced")"},
    {R"("profile":"balanced")", R"("profile":"balanced","file":"a.jpg")"},
    {R"("profile":"balanced",)", ""},
    {R"("width":6400)", R"("width":0)"},
    {R"("width":6400)", R"("width":6400.5)"},
    {R"("width":6400)", R"("width":1e12)"},
    {R"("width":6400)", R"("width":"6400")"},
    {R"("min_score":0.194)", R"("min_score":1.1)"},
    {R"("score":0.98761)", R"("score":-0.1)"},
    {R"("score":0.98761)", R"("score":1e400)"},
    {R"("score":0.98761)", R"("score":0.9,"score":0.9)"},
    {R"("score":0.98761)", R"("score":0.9,"name":"x")"},
    {R"(,"score":0.98761)", ""},
    {R"("score":0.2)", R"("best_candidate":0.2)"},
    {R"("best_candidate":0.1249)", R"("score":0.1249)"},
    {R"("candidates":{"from":0.05,"passed_over":[0.07,0.123]},)", ""},
    {R"("passed_over":[0.07,0.123])", R"("passed_over":0.07)"},
    {R"("passed_over":[0.07,0.123])", R"("passed_over":[2])"},
    {R"("x":149)", R"("x":64000)"},
    {R"("x":149)", R"("x":1e9)"},
    {R"("width":100.25)", R"("width":0)"},
    {R"("width":100.25)", R"("width":-100)"},
    {R"("x":149,)", R"("x":149,"x":149,)"},
    {R"({"x":149,"y":151,"width":100.25,"height":100})", "[149,151,100,100]"},
    {R"("action":"confirmed")", R"("action":"kept")"},
    {R"("model":"a)", R"("model":"A)"},
    {R"("model":"aa)", R"("model":"a)"},
    {R"({"image")", R"([{"image")"},
    {R"({"image")", R"({"image":{"image":{"image":{"image":{"image":{"image":{}}}}}},"image")"},
};

TEST(Feedback, IsRefusedForWhateverIsWrong) {
  for (const Wrong& wrong : kWrong) {
    const auto parsed = parse_feedback(with(wrong.before, wrong.after));
    ASSERT_FALSE(parsed) << wrong.before << " -> " << wrong.after;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidOption);
    EXPECT_FALSE(parsed.error().message.empty());
  }
  EXPECT_FALSE(parse_feedback(""));
  EXPECT_FALSE(parse_feedback("{}"));
  EXPECT_FALSE(parse_feedback(std::string(kMaxFeedbackBytes + 1, ' ')));
}

TEST(Feedback, IsBounded) {
  std::string boxes;
  for (std::size_t i = 0; i <= kMaxFeedbackBoxes; ++i) {
    boxes += R"({"box":{"x":1,"y":1,"width":9,"height":9},"action":"removed","score":0.5},)";
  }
  EXPECT_FALSE(parse_feedback(with(R"("boxes":[)", R"("boxes":[)" + boxes)));
}

// What a report leaves as a line of a data set is the truth as `eval` reads it, without the false alarms.
TEST(Feedback, IsTruthThatEvalReads) {
  const auto parsed = parse_feedback(with("", ""));
  const StoredReport stored{"0123", 20'786, std::nullopt, parsed->report};
  const std::string line = to_text(to_json(stored));
  const auto truth = parse_truth(line);
  ASSERT_TRUE(truth) << truth.error().message << line;
  ASSERT_EQ(truth->size(), 1U);
  ASSERT_EQ(truth->front().faces.size(), 3U);
  EXPECT_EQ(truth->front().faces[0].kind, "confirmed");
  EXPECT_FLOAT_EQ(truth->front().faces[0].box.x, 100);
  EXPECT_NE(line.find(R"("day":"2026-11-29")"), std::string::npos);
}

}  // namespace
}  // namespace face_privacy
