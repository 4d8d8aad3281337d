#include "match/groups.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace face_privacy {
namespace {

using Groups = std::vector<std::vector<int>>;
constexpr MatchBands kBands{0.60F, 0.40F};

// Faces of people who are axes: as similar to their person as is said, and for the rest like nobody.
class Photos {
 public:
  Photos& face(int photo, std::size_t person, float similarity) {
    Embedding values(kDimensions, 0.F);
    values[person] = similarity;
    values[kDimensions - 1 - faces_.size()] = std::sqrt(1 - similarity * similarity);
    faces_.push_back({{values, Doubt::kNone}, photo});
    return *this;
  }
  Photos& uncompared(int photo, Doubt doubt) {
    faces_.push_back({{{}, doubt}, photo});
    return *this;
  }
  Grouping grouped(const SaidPairs& said = {}) const { return group_faces(faces_, said, kBands); }

 private:
  static constexpr std::size_t kDimensions = 32;
  std::vector<FaceOfPhoto> faces_;
};

TEST(Groups, HoldThePhotosOfOnePerson) {
  const auto grouping =
      Photos().face(1, 0, 0.9F).face(1, 1, 0.9F).face(2, 0, 0.9F).face(3, 0, 0.9F).face(3, 2, 0.9F).grouped();
  EXPECT_EQ(grouping.groups, (Groups{{0, 2, 3}, {1}, {4}}));
  EXPECT_TRUE(grouping.alike.empty());
}

TEST(Groups, LeaveOutWhatCannotBeCompared) {
  const auto grouping = Photos().face(1, 0, 0.9F).uncompared(2, Doubt::kSmall).face(3, 0, 0.9F).grouped();
  EXPECT_EQ(grouping.groups, (Groups{{0, 2}}));
}

TEST(Groups, AskBetweenTheBandsAndNotBelow) {
  const auto asked = Photos().face(1, 0, 0.72F).face(2, 0, 0.72F).grouped();  // 0.52
  EXPECT_EQ(asked.groups, (Groups{{0}, {1}}));
  ASSERT_EQ(asked.alike.size(), 1U);
  EXPECT_NEAR(asked.alike[0].score, 0.5184F, 1e-4);
  EXPECT_TRUE(Photos().face(1, 0, 0.62F).face(2, 0, 0.62F).grouped().alike.empty());  // 0.38
}

TEST(Groups, HoldNobodyTwiceInAPhoto) {
  const auto grouping = Photos().face(1, 0, 0.9F).face(1, 0, 0.9F).grouped();
  EXPECT_EQ(grouping.groups, (Groups{{0}, {1}}));
  EXPECT_TRUE(grouping.alike.empty());
}

// As match.h has it: where two faces of a photo are as near to a person, both are asked about.
TEST(Groups, AskAboutBothOfTwoLookAlikesInAPhoto) {
  const auto grouping =
      Photos().face(1, 0, 0.9F).face(2, 0, 0.9F).face(3, 0, 0.9F).face(3, 0, 0.89F).grouped();
  EXPECT_EQ(grouping.groups, (Groups{{0, 1}, {2}, {3}}));
  ASSERT_EQ(grouping.alike.size(), 2U);
  EXPECT_EQ(grouping.alike[0].one, 0);
  EXPECT_EQ(grouping.alike[1].one, 0);
}

// Two middles are nearer than the faces that they are made of: groups must not run into each other by that.
TEST(Groups, DoNotJoinBecauseTheirMiddlesAreNear) {
  std::vector<FaceOfPhoto> faces;
  constexpr std::size_t kDimensions = 32;
  for (int i = 0; i < 12; ++i) {
    Embedding values(kDimensions, 0.F);
    values[0] = std::sqrt(0.38F);  // what all share: faces of two people are as near as 0.38
    values[i < 6 ? 1 : 2] = std::sqrt(0.27F);
    values[static_cast<std::size_t>(3 + i)] = std::sqrt(0.35F);
    faces.push_back({{values, Doubt::kNone}, i});
  }
  const auto grouping = group_faces(faces, {}, kBands);
  EXPECT_EQ(grouping.groups, (Groups{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}}));
}

TEST(Groups, HeedWhatSomebodySaid) {
  const auto photos = Photos().face(1, 0, 0.72F).face(2, 0, 0.72F).face(3, 1, 0.9F).face(4, 1, 0.9F);
  EXPECT_EQ(photos.grouped({{{0, 1}}, {}}).groups, (Groups{{0, 1}, {2, 3}}));
  const auto apart = photos.grouped({{}, {{0, 1}, {3, 2}}});
  EXPECT_EQ(apart.groups, (Groups{{0}, {1}, {2}, {3}}));
  EXPECT_TRUE(apart.alike.empty());
}

TEST(Groups, DoNotComeTogetherByAThirdWhatSomebodySaidApart) {
  const auto photos = Photos().face(1, 0, 0.9F).face(2, 0, 0.9F).face(3, 0, 0.9F);
  for (const auto& group : photos.grouped({{}, {{0, 2}}}).groups) {
    EXPECT_FALSE(std::find(group.begin(), group.end(), 0) != group.end() &&
                 std::find(group.begin(), group.end(), 2) != group.end());
  }
}

TEST(Groups, HoldEachFaceOnceWhateverTheFacesAre) {
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same every time
  std::normal_distribution<float> any;
  std::vector<FaceOfPhoto> faces;
  for (int i = 0; i < 200; ++i) {
    std::vector<float> values(8);
    for (float& value : values) value = any(random);
    faces.push_back({{unit(values), Doubt::kNone}, i / 4});
  }
  std::vector<int> seen;
  for (const auto& group : group_faces(faces, {}, kBands).groups) {
    std::vector<int> photos;
    for (const int face : group) {
      seen.push_back(face);
      photos.push_back(face / 4);
    }
    EXPECT_EQ(std::unique(photos.begin(), photos.end()), photos.end()) << "one person twice in a photo";
  }
  std::sort(seen.begin(), seen.end());
  ASSERT_EQ(seen.size(), 200U);
  EXPECT_EQ(seen.front(), 0);
  EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end());
}

}  // namespace
}  // namespace face_privacy
