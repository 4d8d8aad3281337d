// What reports say about thresholds: at which score found faces are faces, and what a lower or higher
// threshold would have found.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "feedback/report.h"

namespace face_privacy {

// Corrected boxes with a score from `from` on, to that of the next bin.
struct ScoreBin {
  Percent from = 0;
  int confirmed = 0;
  int removed = 0;
  int moved = 0;
  int drawn = 0;        // candidates below the threshold that were faces
  int passed_over = 0;  // candidates below the threshold at which nobody drew a box
};
inline constexpr Percent kBinWidth = 5;
inline constexpr std::size_t kBinCount = 100 / kBinWidth;

// What a threshold would have come to in the reports that tell: those that looked down to it.
struct ThresholdOutcome {
  Percent min_score = 0;
  int reports = 0;
  int faces = 0;
  int found = 0;
  int false_alarms = 0;

  double recall() const { return faces > 0 ? static_cast<double>(found) / faces : 0; }
  double precision() const {
    return found + false_alarms > 0 ? static_cast<double>(found) / (found + false_alarms) : 0;
  }
};

// Reports of one profile with the same weights.
struct ThresholdStats {
  std::string profile;
  std::string model;
  int reports = 0;
  Percent min_score = 0;         // that most of them were made at
  int beyond_any_threshold = 0;  // drawn where somebody looked, and no candidate was
  std::array<ScoreBin, kBinCount> bins{};
  std::vector<ThresholdOutcome> outcomes;  // of 1 to 99 percent, where any report tells

  std::optional<ThresholdOutcome> at(Percent min_score) const;
  // The lowest threshold from which on precision is at least `precision`: of all those the one that
  // finds most. Nothing where fewer boxes than kFewestBoxes are above it.
  std::optional<ThresholdOutcome> proposal(double precision) const;
};
inline constexpr int kFewestBoxes = 50;

// In the order of profiles and weights.
std::vector<ThresholdStats> threshold_stats(std::span<const FeedbackReport> reports);

}  // namespace face_privacy
