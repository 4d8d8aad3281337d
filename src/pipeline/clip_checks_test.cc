#include "pipeline/clip_checks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "test_paths.h"

namespace face_privacy {
namespace {

class ClipChecksTest : public testing::Test {
 protected:
  void SetUp() override {
    clip_ = ::open((std::string(test_paths::kFuzzCorpus) + "/clip_fuzz/h264.mp4").c_str(), O_RDONLY);
    ASSERT_GE(clip_, 0);
    options_.detect = false;
    auto analysis = analyze_clip(clip_, nullptr, options_, {}, {}, {});
    ASSERT_TRUE(analysis);
    tracks_ = std::move(analysis->tracks);
    size_ = analysis->info.upright.shown();
    tracks_.tracks.push_back(track_at(0.25F));
  }
  void TearDown() override { ::close(clip_); }

  // A face of half the picture's height, drawn by hand in all frames, `left` of the width from its left side.
  Track track_at(float left) const {
    const float height = static_cast<float>(size_.height) / 2;
    const BoxF box{left * static_cast<float>(size_.width), height / 2, height, height};
    Track track;
    track.id = 1;
    track.span = {0, tracks_.frame_count() - 1};
    track.keys = {{0, box, 1, true}};
    return track;
  }

  Result<ClipChecks> checks_of(const ClipTracks& rendered_by) const {
    const int output = ::memfd_create("clip", MFD_CLOEXEC);
    EXPECT_TRUE(render_clip(clip_, output, rendered_by, options_, {}, {}, {}));
    auto checks = check_clip(clip_, output, tracks_, options_, {detector()}, {}, {}, {});
    ::close(output);
    return checks;
  }

  static const Detector& detector() {
    static const auto kLoaded = Detector::load(
        {.model_path = std::string(test_paths::kModels) + "/mnet.25_v1.onnx", .engine = Engine::kAuto});
    return *kLoaded;
  }

  int clip_ = -1;
  Size size_;
  ClipOptions options_;
  ClipTracks tracks_;
};

TEST_F(ClipChecksTest, WhatWasPlannedIsThereInEveryFrame) {
  for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
    options_.redaction.style = style;
    const auto checks = checks_of(tracks_);
    ASSERT_TRUE(checks);
    EXPECT_EQ(checks->frames, tracks_.frame_count());
    EXPECT_EQ(checks->places, 2 * tracks_.frame_count());
    EXPECT_EQ(checks->showing, 0) << name_of(style);
    EXPECT_EQ(checks->looked_at, 1);
    EXPECT_EQ(checks->tracks.drawn, 1);
    EXPECT_EQ(checks->tracks.found, 0);
  }
}

TEST_F(ClipChecksTest, ATrackThatWasSkippedShowsInEveryFrame) {
  ClipTracks fewer = tracks_;
  fewer.tracks.clear();
  const auto checks = checks_of(fewer);
  ASSERT_TRUE(checks);
  EXPECT_EQ(checks->showing, checks->places);
}

TEST_F(ClipChecksTest, ATrackThatLiesAsideShows) {
  ClipTracks moved = tracks_;
  moved.tracks = {track_at(0.6F)};
  const auto checks = checks_of(moved);
  ASSERT_TRUE(checks);
  EXPECT_GE(checks->showing, tracks_.frame_count());
}

TEST_F(ClipChecksTest, AFrameThatWasLeftOutShows) {
  ClipTracks shorter = tracks_;
  --shorter.tracks.front().span.last;
  const auto checks = checks_of(shorter);
  ASSERT_TRUE(checks);
  EXPECT_EQ(checks->showing, 2);
}

TEST_F(ClipChecksTest, WhoIsKeptIsNoPlace) {
  tracks_.tracks.front().keep = true;
  const auto checks = checks_of(tracks_);
  ASSERT_TRUE(checks);
  EXPECT_EQ(checks->places, 0);
  EXPECT_EQ(checks->tracks.kept_by_hand, 1);
}

TEST_F(ClipChecksTest, WhatIsNoClipOrHasOtherFramesIsRefused) {
  const int empty = ::memfd_create("clip", MFD_CLOEXEC);
  EXPECT_FALSE(check_clip(clip_, empty, tracks_, options_, {detector()}, {}, {}, {}));
  ::close(empty);
  ClipTracks longer = tracks_;
  longer.times.push_back(longer.times.back() + MediaTime(40'000));
  const auto checks = check_clip(clip_, clip_, longer, options_, {detector()}, {}, {}, {});
  ASSERT_FALSE(checks);
  EXPECT_EQ(checks.error().code, ErrorCode::kInvalidOption);
}

}  // namespace
}  // namespace face_privacy
