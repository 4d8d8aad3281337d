#include "track/track.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace face_privacy {
namespace {

using std::chrono::milliseconds;
using Faces = std::vector<ScoredBox>;

constexpr MediaTime kFrameTime = milliseconds(40);

std::vector<FrameObservation> clip(int frames, const std::function<std::optional<Faces>(int)>& faces) {
  std::vector<FrameObservation> clip;
  for (int i = 0; i < frames; ++i) clip.push_back({kFrameTime * i, faces(i), i == 0 ? 0.F : 1.F});
  return clip;
}

ClipTracks linked(const std::vector<FrameObservation>& frames, const TrackOptions& options = {}) {
  auto tracks = link_faces(frames, options);
  EXPECT_TRUE(tracks);
  return std::move(*tracks);
}

ScoredBox face_at(float x, float score = 0.9F, float side = 40) { return {{x, 100, side, side}, score}; }

bool covers(const BoxF& outer, const BoxF& inner) {
  constexpr float kRounding = 0.01F;
  return outer.x <= inner.x + kRounding && outer.y <= inner.y + kRounding &&
         outer.right() >= inner.right() - kRounding && outer.bottom() >= inner.bottom() - kRounding;
}

bool is_covered(const ClipTracks& clip, int frame, const BoxF& box) {
  for (const FrameRegion& region : RegionIndex(clip).at(frame)) {
    if (covers(region.box, box)) return true;
  }
  return false;
}

TEST(Tracks, AFaceFoundLateCoversTheFramesBeforeIt) {
  const auto tracks = linked(clip(60, [](int i) { return i >= 30 ? Faces{face_at(100)} : Faces{}; }));
  for (int frame = 20; frame < 60; ++frame) EXPECT_TRUE(is_covered(tracks, frame, face_at(100).box)) << frame;
  EXPECT_TRUE(RegionIndex(tracks).at(10).empty());
}

TEST(Tracks, AFaceLostEarlyCoversTheFramesAfterIt) {
  const auto tracks = linked(clip(60, [](int i) { return i < 30 ? Faces{face_at(100)} : Faces{}; }));
  for (int frame = 0; frame < 40; ++frame) EXPECT_TRUE(is_covered(tracks, frame, face_at(100).box)) << frame;
  EXPECT_TRUE(RegionIndex(tracks).at(50).empty());
}

TEST(Tracks, AFaceIsCoveredBetweenItsDetectionsWhereItMovedTo) {
  const auto tracks = linked(clip(50, [](int i) -> std::optional<Faces> {
    if (i % 5 != 0) return std::nullopt;
    return Faces{face_at(100 + 4.F * static_cast<float>(i))};
  }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  for (int i = 0; i <= 45; ++i) {
    EXPECT_TRUE(is_covered(tracks, i, face_at(100 + 4.F * static_cast<float>(i)).box)) << i;
  }
}

TEST(Tracks, AFaceTurnedAwayForTwoSecondsStaysOneTrack) {
  const auto tracks =
      linked(clip(150, [](int i) { return i < 40 || i >= 89 ? Faces{face_at(100)} : Faces{}; }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  EXPECT_TRUE(is_covered(tracks, 65, face_at(100).box));
  EXPECT_EQ(box_at(tracks.tracks[0], 65, tracks.times).origin, BoxOrigin::kInterpolated);
  EXPECT_EQ(tracks.tracks[0].uncertain, (std::vector<FrameSpan>{{40, 88}}));
}

TEST(Tracks, AFaceThatFadesAwayIsCoveredForLonger) {
  const auto fading = [](int i) { return i < 30 ? Faces{face_at(100, i < 25 ? 0.9F : 0.2F)} : Faces{}; };
  const auto tracks = linked(clip(60, fading));
  EXPECT_TRUE(is_covered(tracks, 29 + 20, face_at(100).box));
  EXPECT_FALSE(is_covered(tracks, 29 + 25, face_at(100).box));
}

TEST(Tracks, ScoresNextToNoneReachNoFartherThanSureOnes) {
  const auto last_of = [](float score_at_24) {
    const auto scores = [=](int i) { return i < 20 ? 0.9F : i == 24 ? score_at_24 : 0.06F; };
    return linked(clip(80, [&](int i) { return i <= 26 ? Faces{face_at(100, scores(i))} : Faces{}; }))
        .tracks.at(0)
        .span.last;
  };
  EXPECT_EQ(last_of(0.06F), 26 + 10);
  EXPECT_EQ(last_of(0.2F), 24 + 20);
}

TEST(Tracks, LowScoresBeforeAFaceIsSureOfCoverIt) {
  const auto tracks = linked(clip(60, [](int i) {
    if (i == 5 || i == 8) return Faces{face_at(100, 0.2F)};
    return i >= 25 ? Faces{face_at(100)} : Faces{};
  }));
  EXPECT_TRUE(is_covered(tracks, 6, face_at(100).box));
}

TEST(Tracks, AFaceThatWasMovingGoesOnForAMoment) {
  const auto tracks = linked(
      clip(60, [](int i) { return i < 30 ? Faces{face_at(100 + 10.F * static_cast<float>(i))} : Faces{}; }));
  EXPECT_TRUE(is_covered(tracks, 31, face_at(100 + 310).box));
  EXPECT_TRUE(is_covered(tracks, 32, face_at(100 + 320).box));
}

TEST(Tracks, AMovingCameraIsNoReasonToLookAtEachFrame) {
  EXPECT_TRUE(may_be_cut(40, 2));
  EXPECT_FALSE(may_be_cut(40, 30));
  EXPECT_FALSE(may_be_cut(5, 0));
}

std::vector<FrameObservation> with_cut_at(std::vector<FrameObservation> frames, int cut) {
  frames[cut].luma_change = 60;
  return frames;
}

// A clip whose camera goes to and fro by up to 60 px, 8 times a second.
float sway(int frame) { return 60 * std::sin(2.F * static_cast<float>(frame)); }

std::vector<FrameObservation> swaying(int frames, const std::function<std::optional<Faces>(int)>& faces) {
  auto frames_seen = clip(frames, faces);
  for (int i = 1; i < frames; ++i) frames_seen[i].camera.dx = sway(i) - sway(i - 1);
  return frames_seen;
}

TEST(Tracks, BetweenItsDetectionsAFaceMovesWithTheCamera) {
  const auto tracks = linked(swaying(60, [](int i) -> std::optional<Faces> {
    if (i % 3 != 0) return std::nullopt;
    return Faces{face_at(300 + sway(i) + static_cast<float>(i))};
  }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  for (int i = 0; i <= 57; ++i) {
    EXPECT_TRUE(is_covered(tracks, i, face_at(300 + sway(i) + static_cast<float>(i)).box)) << i;
  }
  EXPECT_EQ(box_at(tracks.tracks[0], 31, tracks.times).origin, BoxOrigin::kCarried);
}

TEST(Tracks, BeyondItsDetectionsAFaceMovesWithTheCamera) {
  const auto tracks =
      linked(swaying(60, [](int i) { return i >= 20 && i < 40 ? Faces{face_at(300 + sway(i))} : Faces{}; }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  for (int i = 11; i < 49; ++i) EXPECT_TRUE(is_covered(tracks, i, face_at(300 + sway(i)).box)) << i;
  EXPECT_EQ(box_at(tracks.tracks[0], 45, tracks.times).origin, BoxOrigin::kCarried);
  // What lies there is told, but is nothing that was found: the box grows.
  const RegionIndex index(tracks, {.neighbor_share = 0});
  EXPECT_GT(index.at(48)[0].box.width, index.at(41)[0].box.width + 1);
}

TEST(Tracks, AFaceIsFoundAgainWhereTheCameraTookIt) {
  const auto tracks =
      linked(swaying(40, [](int i) { return i < 10 || i >= 14 ? Faces{face_at(300 + sway(i))} : Faces{}; }));
  EXPECT_EQ(tracks.tracks.size(), 1);
}

TEST(Tracks, ACameraAtRestAddsNoBoxes) {
  const auto tracks =
      linked(clip(60, [](int i) { return i % 2 == 0 ? std::optional(Faces{face_at(100)}) : std::nullopt; }));
  EXPECT_EQ(tracks.tracks[0].keys.size(), 30);
}

TEST(Tracks, MotionAcrossACutMovesNothing) {
  auto frames =
      clip(60, [](int i) { return i % 2 == 1 ? std::optional(Faces{face_at(100)}) : std::nullopt; });
  frames[30].camera.dx = 500;
  const auto tracks = linked(with_cut_at(std::move(frames), 30));
  ASSERT_EQ(tracks.tracks.size(), 1);
  EXPECT_TRUE(is_covered(tracks, 30, face_at(100).box));
}

TEST(Tracks, MotionThatNoCameraMakesMovesNothing) {
  auto frames =
      clip(60, [](int i) { return i % 2 == 1 ? std::optional(Faces{face_at(100)}) : std::nullopt; });
  frames[30].camera = {0, 0, 500, 0};
  frames[40].camera.a = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(linked(frames).tracks.size(), 1);
}

TEST(Tracks, ABoxThatTremblesIsHeldByItsNeighbors) {
  // Too small and aside every now and then, as boxes with low scores are.
  const auto tracks = linked(clip(60, [](int i) {
    const float x = 100 + 5.F * static_cast<float>(i);
    return Faces{i % 4 == 1 ? ScoredBox{{x + 14, 108, 26, 26}, 0.3F} : face_at(x)};
  }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  for (int i = 10; i < 50; ++i) {
    const float x = 100 + 5.F * static_cast<float>(i);
    EXPECT_TRUE(covers(box_at(tracks.tracks[0], i, tracks.times).box, {x + 2, 102, 36, 36})) << i;
  }
}

TEST(Tracks, ASureBoxIsHeldWhereItWasFound) {
  // Somebody who shakes their head.
  const auto x = [](int i) { return 100 + 30 * std::sin(0.6F * static_cast<float>(i)); };
  const auto tracks = linked(clip(60, [&](int i) { return Faces{face_at(x(i), 0.98F)}; }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  for (int i = 10; i < 50; ++i) EXPECT_NEAR(box_at(tracks.tracks[0], i, tracks.times).box.x, x(i), 2) << i;
}

TEST(Tracks, ABoxThatIsNearlyTwiceAsLargeIsTheSameFace) {
  // As looks of different strength see one.
  const auto tracks = linked(clip(40, [](int i) {
    return Faces{i % 10 == 0 ? ScoredBox{{85, 85, 70, 70}, 0.9F} : face_at(100)};
  }));
  EXPECT_EQ(tracks.tracks.size(), 1);
}

TEST(Tracks, LowScoresCountWhereTheyJoinASureFace) {
  const auto tracks = linked(clip(100, [](int i) { return Faces{face_at(100, i == 50 ? 0.8F : 0.15F)}; }));
  for (int frame : {0, 25, 75, 99}) EXPECT_TRUE(is_covered(tracks, frame, face_at(100).box)) << frame;
}

TEST(Tracks, LowScoresNowAndThenCoverNothing) {
  const auto tracks =
      linked(clip(100, [](int i) { return i % 60 < 4 ? Faces{face_at(100, 0.19F)} : Faces{}; }));
  EXPECT_TRUE(tracks.tracks.empty());
}

TEST(Tracks, AFaceFoundAgainAndAgainIsOneHoweverUnsure) {
  const auto tracks = linked(clip(100, [](int i) { return Faces{face_at(100, i == 50 ? 0.21F : 0.1F)}; }));
  ASSERT_EQ(tracks.tracks.size(), 1);
  EXPECT_EQ(tracks.tracks[0].uncertain, (std::vector<FrameSpan>{{0, 99}}));
  for (int frame : {0, 25, 75, 99}) EXPECT_TRUE(is_covered(tracks, frame, face_at(100).box)) << frame;
}

TEST(Tracks, TwoScoresOfHalfTheLeastAreAFaceWhereOneIsNone) {
  const auto unsure = [](int times) {
    return linked(
               clip(50,
                    [=](int i) { return i >= 20 && i < 20 + times ? Faces{face_at(100, 0.2F)} : Faces{}; }))
        .tracks.size();
  };
  EXPECT_EQ(unsure(1), 0);
  EXPECT_EQ(unsure(2), 1);
}

TEST(Tracks, VeryLowScoresCoverNothingHoweverMany) {
  const auto tracks = linked(clip(100, [](int) { return Faces{face_at(100, 0.15F)}; }));
  EXPECT_TRUE(tracks.tracks.empty());
}

TEST(Tracks, AfterALongGapOnlyASureBoxGoesOnWithATrack) {
  const auto then = [](float score, int again = 80) {
    return linked(clip(120,
                       [=](int i) {
                         if (i == again) return Faces{face_at(100, score)};
                         return i < 40 ? Faces{face_at(100)} : Faces{};
                       }))
        .tracks;
  };
  ASSERT_EQ(then(0.9F).size(), 1);
  EXPECT_GT(then(0.9F)[0].span.last, 79);
  ASSERT_EQ(then(0.2F).size(), 1);
  EXPECT_LT(then(0.2F)[0].span.last, 60);
  EXPECT_GT(then(0.2F, 70)[0].span.last, 69);
}

TEST(Tracks, AFaceFoundOnceIsCoveredBeforeAndAfterAsOthersAre) {
  const auto tracks = linked(clip(50, [](int i) { return i == 25 ? Faces{face_at(100)} : Faces{}; }));
  for (int frame = 15; frame <= 35; ++frame)
    EXPECT_TRUE(is_covered(tracks, frame, face_at(100).box)) << frame;
  EXPECT_TRUE(RegionIndex(tracks).at(14).empty());
  EXPECT_TRUE(RegionIndex(tracks).at(36).empty());
}

TEST(Tracks, AFaceFoundOnceIsCoveredTwoFramesAroundHoweverFarApartFramesAre) {
  auto frames = clip(20, [](int i) { return i == 10 ? Faces{face_at(100)} : Faces{}; });
  for (int i = 0; i < 20; ++i) frames[i].time = std::chrono::seconds(i);
  EXPECT_EQ(linked(frames).tracks.at(0).span, (FrameSpan{8, 12}));
}

TEST(Tracks, NothingCrossesACut) {
  const auto frames = clip(60, [](int i) { return Faces{i < 30 ? face_at(100) : face_at(300)}; });
  const auto tracks = linked(with_cut_at(frames, 30));
  EXPECT_EQ(tracks.cuts, std::vector<int>{30});
  ASSERT_EQ(tracks.tracks.size(), 2);
  EXPECT_EQ(tracks.tracks[0].span.last, 29);
  EXPECT_EQ(tracks.tracks[1].span.first, 30);
}

TEST(Tracks, AFaceLostAtACutIsNotFilledInBehindIt) {
  const auto frames = clip(60, [](int i) { return i < 28 || i >= 40 ? Faces{face_at(100)} : Faces{}; });
  const auto tracks = linked(with_cut_at(frames, 30));
  ASSERT_EQ(tracks.tracks.size(), 2);
  EXPECT_EQ(tracks.tracks[0].span.last, 29);
}

TEST(Tracks, AFaceThatStaysWhereItWasIsOneTrackInSpiteOfACut) {
  const auto tracks = linked(with_cut_at(clip(60, [](int) { return Faces{face_at(100)}; }), 30));
  EXPECT_EQ(tracks.cuts, std::vector<int>{30});
  EXPECT_EQ(tracks.tracks.size(), 1);
}

TEST(Tracks, AFlashOrAPanIsNoCut) {
  auto frames =
      clip(60, [](int i) { return i % 10 == 0 ? std::optional(Faces{face_at(100)}) : std::nullopt; });
  frames[30].luma_change = frames[31].luma_change = 70;
  for (int i = 40; i < 60; ++i) frames[i].luma_change = 25;
  const auto tracks = linked(frames);
  EXPECT_TRUE(tracks.cuts.empty());
  EXPECT_EQ(tracks.tracks.size(), 1);
}

TEST(Tracks, ASecondBoxOnAFaceEndsWithItself) {
  const auto twice = [](int i) {
    Faces faces{face_at(100)};
    if (i >= 30 && i < 40) faces.push_back({{80, 60, 90, 90}, i == 35 ? 0.5F : 0.1F});
    if (i >= 30 && i < 40) faces.push_back(face_at(300, 0.5F));  // somebody else
    return faces;
  };
  const auto tracks = linked(clip(80, twice));
  ASSERT_EQ(tracks.tracks.size(), 3);
  EXPECT_EQ(tracks.tracks[1].span, (FrameSpan{20, 49}));
  EXPECT_EQ(tracks.tracks[2].span, (FrameSpan{30, 39}));
}

TEST(Tracks, TimesCountAndNotFrames) {
  auto frames = clip(60, [](int i) { return i == 30 || i == 31 ? Faces{face_at(100)} : Faces{}; });
  for (int i = 0; i < 60; ++i) frames[i].time = milliseconds(200) * i;
  const auto tracks = linked(frames);
  EXPECT_EQ(tracks.tracks[0].span.first, 28);
  EXPECT_EQ(tracks.tracks[0].span.last, 33);
}

TEST(Tracks, PeopleWhoStandApartAreTracksOfTheirOwn) {
  const auto tracks = linked(clip(40, [](int) { return Faces{face_at(100), face_at(200), face_at(300)}; }));
  ASSERT_EQ(tracks.tracks.size(), 3);
  for (const Track& track : tracks.tracks) EXPECT_EQ(track.span, (FrameSpan{0, 39}));
}

TEST(Tracks, TracksAscendAndStayWithinTheClip) {
  const auto tracks = linked(clip(90, [](int i) {
    Faces faces;
    for (int k = 0; k < 5; ++k) {
      if ((i + 7 * k) % 13 < 8)
        faces.push_back(face_at(100.F * static_cast<float>(k) + static_cast<float>(i)));
    }
    return faces;
  }));
  int before = 0;
  for (const Track& track : tracks.tracks) {
    EXPECT_GE(track.span.first, before);
    before = track.span.first;
    EXPECT_LT(track.span.last, tracks.frame_count());
  }
}

TEST(Tracks, BoxesWithoutAPlaceDoNotCount) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const auto tracks = linked(clip(10, [](int) {
    return Faces{
        {{kNan, 0, 10, 10}, 0.9F}, {{0, 0, kInf, 10}, 0.9F}, {{0, 0, -5, 10}, 0.9F}, {{0, 0, 5, 5}, kNan}};
  }));
  EXPECT_TRUE(tracks.tracks.empty());
}

TEST(Tracks, TenThousandFacesAFrameAreAllCovered) {
  const auto crowd = [](int) {
    Faces faces;
    for (int i = 0; i < 10'000; ++i) {
      faces.push_back({{static_cast<float>(i % 100) * 20, static_cast<float>(i / 100) * 20, 16, 16}, 0.8F});
    }
    return faces;
  };
  const auto tracks = linked(clip(4, crowd));
  const RegionIndex index(tracks);
  for (int frame = 0; frame < 4; ++frame) EXPECT_GE(index.at(frame).size(), 10'000);
}

TEST(Tracks, TooManyBoxesAreAnError) {
  TrackOptions options;
  options.max_boxes = 50;
  const auto tracks = link_faces(clip(60, [](int) { return Faces{face_at(100)}; }), options);
  ASSERT_FALSE(tracks);
  EXPECT_EQ(tracks.error().code, ErrorCode::kTooManyFrames);
}

TEST(Tracks, NoFramesAreNoTracks) { EXPECT_EQ(linked({}).frame_count(), 0); }

TEST(RegionIndex, AKeptTrackIsNotCovered) {
  auto tracks = linked(clip(20, [](int) { return Faces{face_at(100), face_at(300)}; }));
  tracks.tracks[0].keep = true;
  const auto regions = RegionIndex(tracks).at(10);
  ASSERT_EQ(regions.size(), 1);
  EXPECT_EQ(regions[0].track_id, tracks.tracks[1].id);
}

TEST(RegionIndex, TheWayHalfToTheNeighborsOfAFrameIsCoveredToo) {
  const auto tracks =
      linked(clip(20, [](int i) { return Faces{face_at(100 + 10.F * static_cast<float>(i), 1)}; }));
  EXPECT_TRUE(is_covered(tracks, 10, face_at(195).box));
  EXPECT_TRUE(is_covered(tracks, 10, face_at(205).box));
  EXPECT_FALSE(is_covered(tracks, 10, face_at(194).box));
}

TEST(RegionIndex, ABoxWithALowScoreIsCoveredMoreWidely) {
  const auto width = [](float score) {
    const auto tracks = linked(clip(20, [&](int i) { return Faces{face_at(100, i == 0 ? 1 : score)}; }));
    return RegionIndex(tracks).at(10)[0].box.width;
  };
  EXPECT_FLOAT_EQ(width(1), 40);
  EXPECT_FLOAT_EQ(width(0.5F), 42);
  EXPECT_GT(width(0.1F), 43);
}

TEST(RegionIndex, AnUnsureBoxAmongSureOnesIsNotCoveredMoreWidely) {
  const auto tracks = linked(clip(20, [](int i) { return Faces{face_at(100, i == 10 ? 0.1F : 1)}; }));
  const float width = RegionIndex(tracks).at(10)[0].box.width;
  EXPECT_GT(width, 40);
  EXPECT_LT(width, 41);
}

TEST(RegionIndex, EdgesAreOffByPixelsOfThePictureHoweverSmallTheFace) {
  for (const float side : {16.F, 200.F}) {
    const auto tracks = linked(clip(20, [=](int) { return Faces{face_at(100, 1, side)}; }));
    EXPECT_FLOAT_EQ(RegionIndex(tracks).at(10)[0].box.width, side);
    EXPECT_FLOAT_EQ(RegionIndex(tracks, cover_options({1280, 720})).at(10)[0].box.width, side + 6);
    EXPECT_FLOAT_EQ(RegionIndex(tracks, cover_options({1080, 1920})).at(10)[0].box.width, side + 9);
  }
}

TEST(RegionIndex, ABoxThatAPersonDrewDoesNotGrow) {
  auto tracks = linked(clip(20, [](int) { return Faces{face_at(100)}; }));
  tracks.tracks[0].keys = {{5, face_at(100).box, 1, true}};
  EXPECT_FLOAT_EQ(RegionIndex(tracks, cover_options({1280, 720})).at(15)[0].box.width, 40);
}

TEST(RegionIndex, ABoxGrowsWithTheTimeSinceItsFaceWasSeen) {
  const auto tracks = linked(clip(60, [](int i) { return i < 30 ? Faces{face_at(100, 1)} : Faces{}; }));
  const RegionIndex index(tracks);
  EXPECT_FLOAT_EQ(index.at(20)[0].box.width, 40);
  EXPECT_GT(index.at(35)[0].box.width, 41);
  EXPECT_GT(index.at(38)[0].box.width, index.at(35)[0].box.width);
}

}  // namespace
// Found once, then carried by the camera for ever: an edited file may say so.
TEST(RegionIndex, HalfAMillionCarriedBoxesTakeNoLongerEachThanAFew) {
  constexpr int kFrames = 500'000;
  ClipTracks clip;
  Track track{.id = 1, .span = {0, kFrames - 1}, .keys = {}, .best_score = 0.9F, .uncertain = {}};
  for (int i = 0; i < kFrames; ++i) {
    clip.times.push_back(std::chrono::milliseconds(40 * i));
    track.keys.push_back({i, face_at(100).box, i == 0 ? 0.9F : 0.F});
  }
  clip.tracks.push_back(std::move(track));
  const RegionIndex index(clip);
  std::size_t covered = 0;
  for (int i = 0; i < kFrames; ++i) covered += index.at(i).size();
  EXPECT_EQ(covered, kFrames);
}

}  // namespace face_privacy
