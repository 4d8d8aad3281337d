#include "redact/meeting_rects.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>

namespace face_privacy {
namespace {

constexpr Rect kArea{0, 0, 300, 200};

std::vector<Rect> some_rects(std::size_t count, int most_px, unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int end) { return static_cast<int>(random() % static_cast<unsigned>(end)); };
  std::vector<Rect> rects;
  for (std::size_t i = 0; i < count; ++i)
    rects.push_back({below(340) - 20, below(240) - 20, below(most_px), below(most_px)});
  return rects;
}

bool meet_in_area(const Rect& a, const Rect& b) { return !intersect(intersect(a, b), kArea).empty(); }

// By a look at every pair, over and over.
std::vector<std::vector<int>> sets_by_pairs(const std::vector<Rect>& rects) {
  std::vector<int> set_of;
  for (std::size_t i = 0; i < rects.size(); ++i) set_of.push_back(static_cast<int>(i));
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = 0; i < rects.size(); ++i) {
      for (std::size_t j = 0; j < rects.size(); ++j) {
        const Rect both = intersect(rects[i], rects[j]);
        const bool in_columns = both.x < kArea.right() && both.right() > 0;
        if (both.empty() || !in_columns || set_of[j] <= set_of[i]) continue;
        set_of[j] = set_of[i];
        changed = true;
      }
    }
  }
  std::vector<std::vector<int>> sets(rects.size());
  for (std::size_t i = 0; i < rects.size(); ++i)
    sets[static_cast<std::size_t>(set_of[i])].push_back(static_cast<int>(i));
  std::erase_if(sets, [](const std::vector<int>& set) { return set.empty(); });
  return sets;
}

TEST(MeetingRects, AreInOneSetDirectlyOrThroughOthers) {
  for (const int most_px : {5, 20, 60}) {
    for (unsigned seed = 0; seed < 50; ++seed) {
      const auto rects = some_rects(60, most_px, seed);
      EXPECT_EQ(meeting_sets(rects, {kArea.x, kArea.right()}), sets_by_pairs(rects))
          << most_px << " " << seed;
    }
  }
}

TEST(RectGrid, FindsTheFirstThatMeet) {
  for (const int most_px : {5, 40, 250}) {
    const auto rects = some_rects(200, most_px, 1);
    const RectGrid grid(rects, kArea);
    for (const Rect& asked : some_rects(50, most_px, 2)) {
      std::vector<int> expected;
      for (std::size_t i = 0; i < rects.size(); ++i) {
        if (meet_in_area(rects[i], asked)) expected.push_back(static_cast<int>(i));
      }
      EXPECT_EQ(grid.meeting(asked, rects.size()), expected);
      expected.resize(std::min<std::size_t>(expected.size(), 3));
      EXPECT_EQ(grid.meeting(asked, 3), expected);
    }
  }
}

}  // namespace
}  // namespace face_privacy
