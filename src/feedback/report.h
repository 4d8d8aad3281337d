// What a person corrected in one photo, in numbers: no pixel, no name, no time finer than a day.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/geometry.h"

namespace face_privacy {

// Scores and thresholds in percent, 0 to 100: fine enough for thresholds, too coarse to know a photo by.
using Percent = int;
Percent percent_of(double share);  // of 0 to 1

// Days since 1970-01-01, UTC.
using Day = int;
Day today();
std::string date_text(Day day);  // "2026-11-29"

enum class Correction : std::uint8_t {
  kConfirmed,  // a face, covered as it was found
  kRemoved,    // none
  kMoved,      // a face, its box changed by hand
  kDrawn,      // a face that was not found
};
std::string_view name_of(Correction correction);
std::optional<Correction> correction_from_name(std::string_view name);

// In whole units of 1/64 of the photo's long side, within the photo, no side shorter than a unit.
struct GridBox {
  std::uint8_t x = 0;
  std::uint8_t y = 0;
  std::uint8_t width = 1;
  std::uint8_t height = 1;
  bool operator==(const GridBox&) const = default;
};
inline constexpr int kGridUnits = 64;
GridBox grid_box(const BoxF& box, Size photo);
BoxF box_of(const GridBox& box, Size photo);  // px

struct CorrectedBox {
  GridBox box;
  Correction action{};
  // Of a drawn box the best candidate's below the threshold; none: nothing was there, or nobody looked.
  std::optional<Percent> score;
  bool operator==(const CorrectedBox&) const = default;
};

// Candidates below the threshold, where somebody looked for them.
struct Candidates {
  Percent from = 0;                  // down to this score
  std::vector<Percent> passed_over;  // scores of those at which nobody drew a box
  bool operator==(const Candidates&) const = default;
};

struct FeedbackReport {
  Size photo;
  std::string profile;
  std::string model;      // SHA-256 of the weights, hex
  Percent min_score = 0;  // the threshold in force
  std::vector<CorrectedBox> boxes;
  std::optional<Candidates> candidates;
  bool operator==(const FeedbackReport&) const = default;
};

}  // namespace face_privacy
