#include "report/tracks_file.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

using std::chrono::milliseconds;

TracksFile example() {
  TracksFile file;
  file.size = {640, 360};
  file.origin = {"fast", "mnet.25_v2.onnx", "abc", 0.4F, 2};
  for (int i = 0; i < 10; ++i) file.clip.times.push_back(milliseconds(40) * i);
  file.clip.cuts = {5};
  const std::vector<KeyBox> found{{0, {1.5F, 2.25F, 30, 40}, 0.98F}, {2, {3, 2, 30, 40}, 0.15F}};
  file.clip.tracks.push_back({1, {0, 4}, found, 0.98F, false, {{2, 4}}});
  file.clip.tracks.push_back({2, {5, 9}, {{6, {100, 100, 20, 20}, 1, true}}, 1, true, {}});
  return file;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t place = text.find(what);
  EXPECT_NE(place, std::string::npos) << what;
  return text.replace(place, what.size(), with);
}

std::string error_of(const std::string& text) {
  const auto file = tracks_from_json(text);
  return file ? "none" : file.error().message;
}

TEST(TracksFile, ReadsWhatItWrites) {
  const std::string text = tracks_to_json(example());
  const auto file = tracks_from_json(text);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(tracks_to_json(*file).substr(0, 100), text.substr(0, 100));
  ASSERT_EQ(file->clip.tracks.size(), 2);
  const Track& found = file->clip.tracks[0];
  EXPECT_EQ(found.span, (FrameSpan{0, 4}));
  EXPECT_FLOAT_EQ(found.keys[0].box.y, 2.25F);
  EXPECT_FLOAT_EQ(found.best_score, 0.98F);
  EXPECT_EQ(found.uncertain, (std::vector<FrameSpan>{{2, 4}}));
  EXPECT_TRUE(file->clip.tracks[1].keep);
  EXPECT_TRUE(file->clip.tracks[1].keys[0].edited);
  EXPECT_TRUE(check_same_clip(*file, example()));
}

TEST(TracksFile, ATrackMayBeWrittenByHand) {
  const std::string text =
      replaced(tracks_to_json(example()), "\"tracks\":[",
               R"("tracks":[{"id":7,"first_frame":1,"last_frame":8,"boxes":[[3,10,10,50,50]]},)");
  const auto file = tracks_from_json(text);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->clip.tracks[1].id, 7);
  EXPECT_FALSE(file->clip.tracks[1].keep);
  EXPECT_EQ(box_at(file->clip.tracks[1], 8, file->clip.times).origin, BoxOrigin::kEdited);
}

TEST(TracksFile, TellsWhomATrackLooksLike) {
  TracksFile told = example();
  told.clip.tracks[0].match = {"anna", Verdict::kAsk, Doubt::kUnseen, 0.6543F};
  told.clip.tracks[1].match = {"", Verdict::kCover, Doubt::kSmall, {}};
  const std::string text = tracks_to_json(told);
  EXPECT_NE(text.find(R"("match":{"person":"anna","verdict":"ask","score":0.6543,"why":"unseen"})"),
            std::string::npos);
  const auto file = tracks_from_json(text);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(tracks_to_json(*file), text);
  EXPECT_EQ(file->clip.tracks[0].match->person, "anna");
  EXPECT_EQ(file->clip.tracks[1].match->why, Doubt::kSmall);
  EXPECT_FALSE(file->clip.tracks[1].match->score);
  EXPECT_EQ(error_of(replaced(text, "\"ask\"", "\"show\"")),
            "tracks[0].match.verdict: is none that there is");
  EXPECT_EQ(error_of(replaced(text, "\"anna\"", "\"\"")), "tracks[0].match.person: is no name");
  EXPECT_EQ(error_of(replaced(text, "0.6543", "2")), "tracks[0].match.score: must be a number from -1 to 1");
}

TEST(TracksFile, ABadFileIsAnErrorThatSaysWhere) {
  const std::string good = tracks_to_json(example());
  const auto with = [&](std::string_view what, std::string_view other) {
    return error_of(replaced(good, what, other));
  };
  EXPECT_EQ(error_of("{"), "not a tracks file: not JSON, or a name twice");
  EXPECT_EQ(error_of("[]"), "must be an object");
  EXPECT_EQ(error_of("{}"), "has no \"format\"");
  EXPECT_EQ(with("\"version\":1", "\"version\":2"), "version: must be 1");
  EXPECT_EQ(with("\"keep\":false", "\"keeep\":false"), "tracks[0]: has an unknown member \"keeep\"");
  EXPECT_EQ(with("\"keep\":false", "\"keep\":0"), "tracks[0].keep: must be true or false");
  EXPECT_EQ(with("\"id\":2", "\"id\":1"), "tracks: the id 1 stands twice");
  EXPECT_EQ(with("[2,3,2,30,40,0.15]", "[9,3,2,30,40,0.15]"),
            "tracks[0].boxes[1]: frame 9 is not in the track's span");
  EXPECT_EQ(with("[2,3,2,30,40,0.15]", "[0,3,2,30,40,0.15]"),
            "tracks[0].boxes[1]: its frame is not after the box before");
  EXPECT_EQ(with("[2,3,2,30,40,0.15]", "[2,3,2,0,40,0.15]"), "tracks[0].boxes[1]: has no area");
  EXPECT_EQ(with("[6,100,100,20,20]", "[6,700,100,20,20]"), "tracks[1].boxes[0]: lies outside the picture");
  EXPECT_EQ(with("\"last_frame\":4", "\"last_frame\":10"),
            "tracks[0].last_frame: must be a whole number from 0 to 9");
  EXPECT_EQ(with("80000,120000", "80000,80000"), "times_us[3]: is not after the time before");
  EXPECT_EQ(with("\"frames\":10", "\"frames\":11"),
            "times_us: must hold one time for each of the clip's 11 frames");
}

TEST(TracksFile, WhatAFileAsksForIsBounded) {
  const std::string text = tracks_to_json(example());
  const auto code = [&](const TracksFileLimits& limits) {
    const auto file = tracks_from_json(text, limits);
    return file ? std::optional<ErrorCode>() : file.error().code;
  };
  EXPECT_EQ(code({.max_bytes = 50}), ErrorCode::kTooManyBytes);
  EXPECT_EQ(code({.max_tracks = 1}), ErrorCode::kTooManyFrames);
  EXPECT_EQ(code({.max_covered = 9}), ErrorCode::kTooManyFrames);
  EXPECT_EQ(code({.max_frames = 9}), ErrorCode::kInvalidOption);
  EXPECT_EQ(code({.max_tracks = 2, .max_covered = 10}), std::nullopt);
}

TEST(TracksFile, TracksOfAnotherClipAreRefused) {
  TracksFile other = example();
  other.clip.times.back() += milliseconds(1);
  EXPECT_FALSE(check_same_clip(other, example()));
  other = example();
  other.size.width = 641;
  EXPECT_FALSE(check_same_clip(other, example()));
}

}  // namespace
}  // namespace face_privacy
