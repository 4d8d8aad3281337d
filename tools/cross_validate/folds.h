// Choosing on all folds but one, and counting on that one.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace face_privacy {

// What a rule makes of one photo: each box, whether it is a labelled face, and its score.
struct ScoredBox {
  float score;
  bool right;
};
using BoxesOfPhoto = std::vector<ScoredBox>;

struct Counts {
  int labelled = 0;
  int found = 0;
  int false_alarms = 0;

  double recall() const { return labelled > 0 ? static_cast<double>(found) / labelled : 0; }
  double precision() const {
    return found + false_alarms > 0 ? static_cast<double>(found) / (found + false_alarms) : 0;
  }
  Counts& operator+=(const Counts& other);
};

struct Choice {
  std::size_t rule;
  float min_score;
};

// All photos under all rules.
struct Table {
  std::vector<int> fold;                         // of each photo
  std::vector<int> labelled;                     // faces of each photo
  std::vector<std::vector<BoxesOfPhoto>> boxes;  // [rule][photo]
};

// The same photo is in the same fold whatever others there are, by its name.
int fold_of(std::string_view image, int folds);

// Over the photos whose fold `counts` says yes to.
template <class CountsFold>
Counts count(const Table& table, const Choice& choice, CountsFold counts) {
  Counts sum;
  for (std::size_t photo = 0; photo < table.fold.size(); ++photo) {
    if (!counts(table.fold[photo])) continue;
    sum.labelled += table.labelled[photo];
    for (const ScoredBox& box : table.boxes[choice.rule][photo]) {
      if (box.score >= choice.min_score) ++(box.right ? sum.found : sum.false_alarms);
    }
  }
  return sum;
}

// Of all rules and of scores by hundredths, on the photos of the other folds, the choice that finds most
// faces at a precision of at least that of `standard`; of those, the most precise.
Choice choose_without(const Table& table, int left_out, const Choice& standard);

}  // namespace face_privacy
