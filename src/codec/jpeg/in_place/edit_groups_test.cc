#include "codec/jpeg/in_place/edit_groups.h"

#include <gtest/gtest.h>

#include <random>

namespace face_privacy::jpeg {
namespace {

using Groups = std::vector<std::vector<int>>;
using Changes = std::vector<std::vector<Rect>>;

TEST(JpegGroups, ThoseWithoutAnMcuInCommonStayApart) {
  EXPECT_EQ(groups_of(Changes{{{0, 0, 3, 3}}, {{3, 0, 3, 3}}, {{0, 3, 3, 3}}}, 6), (Groups{{0}, {1}, {2}}));
}

TEST(JpegGroups, OneMcuInCommonIsEnough) {
  EXPECT_EQ(groups_of(Changes{{{0, 0, 3, 3}}, {{2, 2, 3, 3}}}, 5), (Groups{{0, 1}}));
}

TEST(JpegGroups, ALateOneJoinsThoseThatWereApart) {
  EXPECT_EQ(groups_of(Changes{{{0, 0, 2, 1}}, {{5, 0, 2, 1}}, {{9, 0, 1, 1}}, {{1, 0, 5, 1}}}, 1),
            (Groups{{0, 1, 3}, {2}}));
}

// The boxes round them meet, the rows do not.
TEST(JpegGroups, RowsCountNotTheBoxRoundThem) {
  EXPECT_EQ(groups_of(Changes{{{2, 0, 1, 1}, {0, 1, 5, 1}}, {{4, 0, 2, 1}, {5, 1, 1, 1}}}, 2),
            (Groups{{0}, {1}}));
}

TEST(JpegGroups, AChangeOfNothingIsInNoGroup) {
  EXPECT_EQ(groups_of(Changes{{}, {{0, 0, 1, 1}}, {}}, 1), (Groups{{1}}));
}

TEST(JpegGroups, AreTheSameAsByComparingAllWithAll) {
  std::mt19937 random(4);
  for (int round = 0; round < 200; ++round) {
    Changes changes(12);
    for (auto& change : changes) {
      for (auto left = random() % 3; left > 0; --left) {
        const int x = static_cast<int>(random() % 20);
        const int y = static_cast<int>(random() % 20);
        change.push_back({x, y, 1 + static_cast<int>(random() % 5), 1 + static_cast<int>(random() % 5)});
      }
    }
    const auto meet = [&](int i, int j) {
      for (const Rect& a : changes[static_cast<std::size_t>(i)]) {
        for (const Rect& b : changes[static_cast<std::size_t>(j)]) {
          if (!intersect(a, b).empty()) return true;
        }
      }
      return false;
    };
    const Groups groups = groups_of(changes, 25);
    std::vector<int> group_of(changes.size(), -1);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      for (const int i : groups[g]) group_of[static_cast<std::size_t>(i)] = static_cast<int>(g);
      // Each but the first is reached from those that were reached.
      std::vector<int> reached{groups[g][0]};
      for (std::size_t next = 0; next < reached.size(); ++next) {
        for (const int i : groups[g]) {
          if (std::find(reached.begin(), reached.end(), i) == reached.end() && meet(reached[next], i)) {
            reached.push_back(i);
          }
        }
      }
      EXPECT_EQ(reached.size(), groups[g].size());
    }
    for (int i = 0; i < 12; ++i) {
      for (int j = 0; j < i; ++j) {
        if (meet(i, j)) {
          EXPECT_EQ(group_of[static_cast<std::size_t>(i)], group_of[static_cast<std::size_t>(j)]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace face_privacy::jpeg
