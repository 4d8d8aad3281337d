#include "track/animation_matching.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

Face face_at(float x, float width = 100) {
  Face face;
  face.box = {x, 50, width, 100};
  face.score = 0.9F;
  return face;
}
FaceLook like_anna(float score = 0.7F) { return {Doubt::kNone, 0, score, 0}; }
FaceLook doubted() { return {Doubt::kTurned}; }

struct Shown {
  Face face;
  FaceLook look;
};

std::vector<Verdict> verdicts(const std::vector<std::vector<Shown>>& frames) {
  std::vector<std::vector<Face>> faces;
  std::vector<FaceLook> looks;
  for (const auto& frame : frames) {
    faces.emplace_back();
    for (const Shown& shown : frame) {
      faces.back().push_back(shown.face);
      looks.push_back(shown.look);
    }
  }
  std::vector<Verdict> result;
  for (const FaceMatch& match : match_animation(faces, looks, {}, {false})) result.push_back(match.verdict);
  return result;
}

constexpr auto kCover = Verdict::kCover;
constexpr auto kAsk = Verdict::kAsk;
constexpr auto kKeep = Verdict::kKeep;

TEST(MatchAnimation, KeepsAFaceInAllFramesOrInNone) {
  EXPECT_EQ(verdicts({{{face_at(0), like_anna()}}, {{face_at(5), like_anna(0.62F)}}}),
            (std::vector{kKeep, kKeep}));
  for (const FaceLook& other : {like_anna(0.1F), doubted()}) {
    EXPECT_EQ(verdicts({{{face_at(0), like_anna()}}, {{face_at(5), other}}, {{face_at(9), like_anna()}}}),
              (std::vector{kAsk, kAsk, kAsk}));
  }
}

TEST(MatchAnimation, TellsFacesOfAFrameApart) {
  const Shown anna{face_at(0), like_anna()};
  const Shown other{face_at(300), like_anna(0.1F)};
  EXPECT_EQ(verdicts({{anna, other}, {other, anna}}), (std::vector{kKeep, kCover, kCover, kKeep}));
}

TEST(MatchAnimation, CoversWhoIsThereTwice) {
  const Shown anna{face_at(0), like_anna()};
  const Shown mirrored{face_at(300), like_anna(0.65F)};
  EXPECT_EQ(verdicts({{anna, mirrored}, {anna, mirrored}}), (std::vector(4, kAsk)));
}

TEST(MatchAnimation, AsksAboutAFaceThatTheFrameBesideCovers) {
  const Shown anna{face_at(0), like_anna()};
  const Shown far{face_at(80), like_anna(0.1F)};
  const Shown over{face_at(10, 300), like_anna(0.1F)};  // too large to be the same face
  EXPECT_EQ(verdicts({{anna}, {anna}, {far}}), (std::vector{kKeep, kKeep, kCover}));
  EXPECT_EQ(verdicts({{anna}, {anna}, {over}}), (std::vector{kAsk, kAsk, kCover}));
}

TEST(MatchAnimation, KeepsWhoComesBackInALaterFrame) {
  const Shown anna{face_at(0), like_anna()};
  EXPECT_EQ(verdicts({{anna}, {}, {anna}}), (std::vector{kKeep, kKeep}));
}

}  // namespace
}  // namespace face_privacy
