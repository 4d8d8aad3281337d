#include "folds.h"

#include <cstdint>
#include <tuple>

namespace face_privacy {
namespace {

constexpr int kLowestPercent = 5;  // below it the detector gives nothing
constexpr int kHighestPercent = 90;

bool is_better(const Counts& one, const Counts& other) {
  return std::tuple(one.found, one.precision()) > std::tuple(other.found, other.precision());
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  labelled += other.labelled;
  found += other.found;
  false_alarms += other.false_alarms;
  return *this;
}

int fold_of(std::string_view image, int folds) {
  std::uint32_t hash = 2166136261;  // FNV-1a
  for (const char letter : image) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619;
  return static_cast<int>((hash >> 8) % static_cast<std::uint32_t>(folds));
}

Choice choose_without(const Table& table, int left_out, const Choice& standard) {
  const auto chosen_on = [&](int fold) { return fold != left_out; };
  Choice best = standard;
  Counts best_counts = count(table, standard, chosen_on);
  const double least_precision = best_counts.precision();
  for (std::size_t rule = 0; rule < table.boxes.size(); ++rule) {
    for (int percent = kLowestPercent; percent <= kHighestPercent; ++percent) {
      const Choice choice{rule, static_cast<float>(percent) / 100};
      const Counts counts = count(table, choice, chosen_on);
      if (counts.precision() < least_precision || !is_better(counts, best_counts)) continue;
      best = choice;
      best_counts = counts;
    }
  }
  return best;
}

}  // namespace face_privacy
