#include "match/match.h"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>

namespace face_privacy {
namespace {

constexpr MatchBands kBands{0.60F, 0.40F};

// People are axes; a face is as similar to each as is said, and for the rest like nobody.
class People {
 public:
  explicit People(std::size_t count) : count_(count) {}
  std::vector<Embedding> templates() const {
    std::vector<Embedding> people;
    for (std::size_t p = 0; p < count_; ++p) people.push_back(axis(p));
    return people;
  }
  Probe face(std::initializer_list<float> similarities) {
    Embedding values(kDimensions, 0.F);
    float squares = 0;
    std::size_t p = 0;
    for (const float similarity : similarities) {
      values[p++] = similarity;
      squares += similarity * similarity;
    }
    values[kDimensions - ++strangers_] = std::sqrt(1 - squares);
    return {values, Doubt::kNone};
  }

 private:
  static constexpr std::size_t kDimensions = 16;
  static Embedding axis(std::size_t at) {
    Embedding values(kDimensions, 0.F);
    values[at] = 1;
    return values;
  }
  std::size_t count_;
  std::size_t strangers_ = 0;
};

TEST(Match, KeepsAsksAndCoversByTheBands) {
  People people(1);
  const std::vector<Probe> faces{people.face({0.95F})};
  EXPECT_EQ(match_faces(faces, people.templates(), kBands)[0].verdict, Verdict::kKeep);
  const auto verdict_at = [&](float similarity) {
    return match_faces(std::vector{people.face({similarity})}, people.templates(), kBands)[0].verdict;
  };
  EXPECT_EQ(verdict_at(0.601F), Verdict::kKeep);
  EXPECT_EQ(verdict_at(0.599F), Verdict::kAsk);
  EXPECT_EQ(verdict_at(0.401F), Verdict::kAsk);
  EXPECT_EQ(verdict_at(0.399F), Verdict::kCover);
  EXPECT_EQ(verdict_at(-0.9F), Verdict::kCover);
}

TEST(Match, TellsWhoAndHowSureWhereItKeepsOrAsks) {
  People people(2);
  const auto matches = match_faces(std::vector{people.face({0.1F, 0.7F}), people.face({0.2F, 0.1F})},
                                   people.templates(), kBands);
  EXPECT_EQ(matches[0].person, 1);
  EXPECT_NEAR(matches[0].score, 0.7F, 1e-5F);
  EXPECT_EQ(matches[1].person, kNobody) << "a stranger is like nobody";
}

TEST(Match, ASecondFaceNearToAPersonMakesBothAsked) {
  People people(1);
  const auto matches =
      match_faces(std::vector{people.face({0.9F}), people.face({0.82F})}, people.templates(), kBands);
  for (const FaceMatch& match : matches) {
    EXPECT_EQ(match.verdict, Verdict::kAsk);
    EXPECT_EQ(match.why, Doubt::kTwice);
  }
}

TEST(Match, OnePersonIsKeptAtMostOnceInAPhoto) {
  People people(1);
  const auto matches =
      match_faces(std::vector{people.face({0.65F}), people.face({0.9F})}, people.templates(), kBands);
  EXPECT_EQ(matches[0].verdict, Verdict::kAsk);
  EXPECT_EQ(matches[1].verdict, Verdict::kKeep);
}

TEST(Match, AStrangerBesideThePersonDoesNotDisturb) {
  People people(1);
  const auto matches =
      match_faces(std::vector{people.face({0.9F}), people.face({0.2F})}, people.templates(), kBands);
  EXPECT_EQ(matches[0].verdict, Verdict::kKeep);
  EXPECT_EQ(matches[1].verdict, Verdict::kCover);
}

TEST(Match, ASecondPersonNearToAFaceMakesItAsked) {
  People people(2);
  const auto near = match_faces(std::vector{people.face({0.66F, 0.62F})}, people.templates(), kBands);
  EXPECT_EQ(near[0].verdict, Verdict::kAsk);
  EXPECT_EQ(near[0].why, Doubt::kTwoPeople);
  const auto far = match_faces(std::vector{people.face({0.66F, 0.55F})}, people.templates(), kBands);
  EXPECT_EQ(far[0].verdict, Verdict::kKeep);
}

TEST(Match, PeopleWhoLookAlikeAreNeverKept) {
  const std::vector<Embedding> siblings{unit(std::vector{1.F, 0.F, 0.F}),
                                        unit(std::vector{0.7F, 0.714F, 0.F})};
  const std::vector<Probe> faces{{siblings[0], Doubt::kNone}};
  const auto matches = match_faces(faces, siblings, kBands);
  EXPECT_EQ(matches[0].verdict, Verdict::kAsk);
  EXPECT_EQ(matches[0].why, Doubt::kTwoPeople);
}

TEST(Match, AnyDoubtCovers) {
  People people(1);
  for (const Doubt doubt : {Doubt::kSmall, Doubt::kLandmarks, Doubt::kTurned, Doubt::kFailed}) {
    Probe face = people.face({0.99F});
    face.doubt = doubt;
    const auto matches = match_faces(std::vector{face}, people.templates(), kBands);
    EXPECT_EQ(matches[0].verdict, Verdict::kCover);
    EXPECT_EQ(matches[0].why, doubt);
    EXPECT_EQ(matches[0].score, 0);
  }
}

TEST(Match, AFaceWithoutEmbeddingIsCovered) {
  People people(1);
  const auto matches = match_faces(std::vector{Probe{}}, people.templates(), kBands);
  EXPECT_EQ(matches[0].verdict, Verdict::kCover);
  EXPECT_EQ(matches[0].why, Doubt::kFailed);
}

TEST(Match, WithoutPeopleEverybodyIsCovered) {
  People people(1);
  const auto matches = match_faces(std::vector{people.face({0.9F})}, {}, kBands);
  EXPECT_EQ(matches[0].verdict, Verdict::kCover);
}

TEST(Embedding, HasNoDirectionWithoutFiniteLength) {
  EXPECT_TRUE(unit(std::vector<float>{0, 0, 0}).empty());
  EXPECT_TRUE(unit(std::vector<float>{1, NAN}).empty());
  EXPECT_TRUE(unit(std::vector<float>{INFINITY, 1}).empty());
  EXPECT_TRUE(mean_of({}).empty());
}

TEST(Embedding, TheMeanLiesBetween) {
  const std::vector<Embedding> two{unit(std::vector{1.F, 0.F}), unit(std::vector{0.F, 5.F})};
  const Embedding mean = mean_of(two);
  EXPECT_NEAR(mean[0], std::sqrt(0.5F), 1e-6F);
  EXPECT_NEAR(similarity(mean, two[0]), std::sqrt(0.5F), 1e-6F);
}

Face frontal_face() {
  return {{100, 100, 80, 100}, 0.99F, {{160, 140}, {120, 140}, {140, 160}, {156, 180}, {124, 180}}};
}

TEST(Gates, LetAFrontalFaceThrough) { EXPECT_EQ(doubt_of(frontal_face(), 1, kMinProbePx), Doubt::kNone); }

TEST(Gates, CountThePixelsThatTheRecognizerSees) {
  EXPECT_EQ(doubt_of(frontal_face(), 0.33F, kMinProbePx), Doubt::kNone);
  EXPECT_EQ(doubt_of(frontal_face(), 0.31F, kMinProbePx), Doubt::kSmall);
  EXPECT_EQ(doubt_of(frontal_face(), 0.5F, kMinReferencePx), Doubt::kSmall);
}

TEST(Gates, StopProfilesAndBowedHeads) {
  Face face = frontal_face();
  face.landmarks.nose.x = 163;
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kTurned) << "the nose beyond an eye";
  face = frontal_face();
  face.landmarks.left_eye.x = 132;
  face.landmarks.mouth_left.x = 136;
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kTurned) << "eyes close together";
  face = frontal_face();
  face.landmarks.nose.y = 142;
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kTurned) << "the nose between the eyes";
}

TEST(Gates, StopWhatMakesNoFace) {
  Face face = frontal_face();
  std::swap(face.landmarks.left_eye, face.landmarks.right_eye);
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kLandmarks) << "eyes crossed";
  face = frontal_face();
  face.landmarks.nose = {400, 160};
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kLandmarks) << "nose outside the box";
  face = frontal_face();
  face.landmarks.mouth_left.x = NAN;
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kLandmarks);
  face = frontal_face();
  face.score = 0.4F;
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kLandmarks) << "perhaps no face at all";
}

TEST(Gates, DoNotMindATurnedPicture) {
  Face face = frontal_face();
  const auto turn = [](PointF& at) { at = {280 - at.y, at.x}; };
  Landmarks& marks = face.landmarks;
  for (PointF* mark : {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right})
    turn(*mark);
  face.box = {80, 100, 100, 80};
  EXPECT_EQ(doubt_of(face, 1, kMinProbePx), Doubt::kNone);
}

}  // namespace
}  // namespace face_privacy
