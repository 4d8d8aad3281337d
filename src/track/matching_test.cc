#include "track/matching.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

constexpr int kAnna = 0;
constexpr int kBen = 1;
constexpr std::chrono::milliseconds kFrame{100};

FaceLook look(float score, int person = kAnna, float other = 0) {
  return {Doubt::kNone, person, score, other};
}
FaceLook doubted(Doubt doubt) { return {doubt}; }

// A clip in which every frame was looked at.
class Clip {
 public:
  explicit Clip(int frames) {
    for (int i = 0; i < frames; ++i) clip_.times.emplace_back(i * kFrame);
    rules_.have_doubles.assign(2, false);
  }

  Clip& track(int first, const std::vector<FaceLook>& looks) {
    Track track;
    track.id = static_cast<int>(clip_.tracks.size()) + 1;
    track.span = {first, first + static_cast<int>(looks.size()) - 1};
    for (std::size_t i = 0; i < looks.size(); ++i) {
      const int look = static_cast<int>(looks_.size());
      track.keys.push_back({first + static_cast<int>(i), {0, 0, 100, 100}, 0.9F, false, look});
      looks_.push_back(looks[i]);
    }
    clip_.tracks.push_back(std::move(track));
    return *this;
  }
  Clip& with_doubles() {
    rules_.have_doubles.assign(2, true);
    return *this;
  }
  Clip& without_look(std::size_t track, std::size_t key) {
    clip_.tracks[track].keys[key].look = -1;
    return *this;
  }

  Clip& cut(int frame) {
    clip_.cuts.push_back(frame);
    return *this;
  }

  FaceMatch match(std::size_t track = 0) const { return match_tracks(clip_, looks_, rules_)[track]; }

 private:
  ClipTracks clip_;
  std::vector<FaceLook> looks_;
  TrackMatchRules rules_;
};

std::vector<FaceLook> many(int count, const FaceLook& one) { return {static_cast<std::size_t>(count), one}; }

std::vector<FaceLook> joined(std::vector<FaceLook> one, const std::vector<FaceLook>& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

void expect(const FaceMatch& match, Verdict verdict, Doubt why) {
  EXPECT_EQ(match.verdict, verdict);
  EXPECT_EQ(match.why, why) << name_of(match.why);
}

TEST(MatchTracks, KeepsWhoIsNearAllAlong) {
  const FaceMatch match = Clip(20).track(0, many(20, look(0.7F, kBen))).match();
  expect(match, Verdict::kKeep, Doubt::kNone);
  EXPECT_EQ(match.person, kBen);
  EXPECT_NEAR(match.score, 0.7F, 1e-5);
}

TEST(MatchTracks, CoversStrangersWithoutAWord) {
  const FaceMatch match = Clip(20).track(0, many(20, look(0.2F))).match();
  expect(match, Verdict::kCover, Doubt::kNone);
  EXPECT_EQ(match.person, kNobody);
}

TEST(MatchTracks, AsksWhereTheMeanIsNotSure) {
  expect(Clip(20).track(0, many(20, look(0.55F))).match(), Verdict::kAsk, Doubt::kNone);
}

TEST(MatchTracks, CoversATrackThatGoesFromOnePersonToAnother) {
  for (const FaceLook& other : {look(0.1F), look(0.1F, kBen), look(0.8F, kBen)}) {
    const auto looks = joined(many(19, look(0.8F)), {other});
    expect(Clip(20).track(0, looks).match(), Verdict::kAsk, Doubt::kChanges);
  }
  const FaceMatch half = Clip(20).track(0, joined(many(10, look(0.7F)), many(10, look(0)))).match();
  expect(half, Verdict::kAsk, Doubt::kChanges);
}

TEST(MatchTracks, CoversWhatWasSeenTooSeldom) {
  expect(Clip(20).track(0, many(2, look(0.8F))).match(), Verdict::kAsk, Doubt::kFew);
  expect(Clip(20).track(0, many(3, look(0.8F))).match(), Verdict::kKeep, Doubt::kNone);
}

TEST(MatchTracks, CoversATrackThatCouldNotBeToldForAWhile) {
  const auto away = [](int frames) { return many(frames, doubted(Doubt::kTurned)); };
  const auto seen = many(5, look(0.8F));
  expect(Clip(40).track(0, joined(joined(seen, away(10)), seen)).match(), Verdict::kKeep, Doubt::kNone);
  expect(Clip(40).track(0, joined(joined(seen, away(11)), seen)).match(), Verdict::kAsk, Doubt::kUnseen);
  expect(Clip(40).track(0, joined(seen, away(5))).match(), Verdict::kKeep, Doubt::kNone);
  expect(Clip(40).track(0, joined(seen, away(6))).match(), Verdict::kAsk, Doubt::kUnseen);
  expect(Clip(40).track(0, joined(away(6), seen)).match(), Verdict::kAsk, Doubt::kUnseen);
}

TEST(MatchTracks, TakesNobodyForWhoWasThereBeforeACut) {
  const auto seen = many(12, look(0.8F));
  const auto away = many(4, doubted(Doubt::kTurned));
  expect(Clip(40).track(0, joined(seen, away)).cut(11).match(), Verdict::kKeep, Doubt::kNone);
  expect(Clip(40).track(0, joined(seen, away)).cut(12).match(), Verdict::kAsk, Doubt::kUnseen);
  expect(Clip(40).track(0, joined(away, seen)).cut(4).match(), Verdict::kAsk, Doubt::kUnseen);
  expect(Clip(40).track(0, joined(joined(seen, away), seen)).cut(12).cut(16).match(), Verdict::kAsk,
         Doubt::kUnseen);
}

TEST(MatchTracks, TakesABoxWithoutALookForOneThatCouldNotBeTold) {
  Clip clip(40);
  clip.track(0, many(20, look(0.8F)));
  for (std::size_t key = 8; key < 19; ++key) clip.without_look(0, key);
  expect(clip.match(), Verdict::kAsk, Doubt::kUnseen);
}

TEST(MatchTracks, TellsWhyNothingCouldBeCompared) {
  const auto looks = joined(many(3, doubted(Doubt::kTurned)), many(9, doubted(Doubt::kSmall)));
  expect(Clip(20).track(0, looks).match(), Verdict::kCover, Doubt::kSmall);
}

TEST(MatchTracks, CoversTwoThatAreSeenAtOnce) {
  Clip clip(20);
  clip.track(0, many(10, look(0.8F))).track(9, many(10, look(0.75F)));
  expect(clip.match(0), Verdict::kAsk, Doubt::kTwice);
  expect(clip.match(1), Verdict::kAsk, Doubt::kTwice);
}

TEST(MatchTracks, CountsASecondOneThatIsNearerToSomebodyElse) {
  Clip clip(20);
  clip.track(0, many(10, look(0.7F))).track(0, joined(many(9, look(0.1F)), {look(0.66F, kBen, 0.65F)}));
  expect(clip.match(0), Verdict::kAsk, Doubt::kTwice);
}

TEST(MatchTracks, KeepsOneWhoComesBack) {
  Clip clip(20);
  clip.track(0, many(9, look(0.8F))).track(9, many(10, look(0.75F)));
  expect(clip.match(0), Verdict::kKeep, Doubt::kNone);
  expect(clip.match(1), Verdict::kKeep, Doubt::kNone);
}

TEST(MatchTracks, CoversWhereTwoPeopleAreAsNear) {
  expect(Clip(20).track(0, many(10, look(0.8F, kAnna, 0.75F))).match(), Verdict::kAsk, Doubt::kTwoPeople);
  expect(Clip(20).with_doubles().track(0, many(10, look(0.8F))).match(), Verdict::kAsk, Doubt::kTwoPeople);
}

TEST(LookAt, TellsTheNearestAndTheNext) {
  const std::vector<Embedding> people{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
  const FaceLook seen = look_at({{0.36F, 0.8F, 0.48F}, Doubt::kNone}, people);
  EXPECT_EQ(seen.person, 1);
  EXPECT_NEAR(seen.score, 0.8F, 1e-5);
  EXPECT_NEAR(seen.other, 0.48F, 1e-5);
  EXPECT_EQ(look_at({{}, Doubt::kSmall}, people).doubt, Doubt::kSmall);
  EXPECT_EQ(look_at({{}, Doubt::kNone}, people).doubt, Doubt::kFailed);
}

}  // namespace
}  // namespace face_privacy
