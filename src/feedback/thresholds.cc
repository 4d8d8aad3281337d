#include "feedback/thresholds.h"

#include <algorithm>
#include <map>
#include <utility>

namespace face_privacy {
namespace {

bool is_face(const CorrectedBox& box) { return box.action != Correction::kRemoved; }

// Down to this score a report tells what a threshold would have found.
Percent floor_of(const FeedbackReport& report) {
  return report.candidates ? std::min(report.candidates->from, report.min_score) : report.min_score;
}

ScoreBin& bin_of(ThresholdStats& stats, Percent score) {
  const auto bin = static_cast<std::size_t>(std::clamp(score, 0, 99) / kBinWidth);
  return stats.bins[bin];
}

int& count_in(ScoreBin& bin, Correction correction) {
  switch (correction) {
    case Correction::kConfirmed: return bin.confirmed;
    case Correction::kRemoved: return bin.removed;
    case Correction::kMoved: return bin.moved;
    case Correction::kDrawn: break;
  }
  return bin.drawn;
}

void count_boxes(ThresholdStats& stats, const FeedbackReport& report) {
  for (const CorrectedBox& box : report.boxes) {
    if (box.score) {
      ++count_in(bin_of(stats, *box.score), box.action);
    } else if (report.candidates) {
      ++stats.beyond_any_threshold;
    }
  }
  if (!report.candidates) return;
  for (const Percent score : report.candidates->passed_over) ++bin_of(stats, score).passed_over;
}

void add_report(ThresholdOutcome& outcome, const FeedbackReport& report) {
  if (floor_of(report) > outcome.min_score) return;
  const auto counts = [&](Percent score) { return score >= outcome.min_score; };
  ++outcome.reports;
  for (const CorrectedBox& box : report.boxes) {
    const bool found = box.score && counts(*box.score);
    if (is_face(box)) ++outcome.faces;
    if (found) ++(is_face(box) ? outcome.found : outcome.false_alarms);
  }
  if (!report.candidates) return;
  outcome.false_alarms += static_cast<int>(
      std::count_if(report.candidates->passed_over.begin(), report.candidates->passed_over.end(), counts));
}

Percent commonest_min_score(std::span<const FeedbackReport* const> reports) {
  std::map<Percent, int> counts;
  for (const FeedbackReport* report : reports) ++counts[report->min_score];
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

ThresholdStats stats_of(std::span<const FeedbackReport* const> reports) {
  ThresholdStats stats;
  stats.profile = reports.front()->profile;
  stats.model = reports.front()->model;
  stats.reports = static_cast<int>(reports.size());
  stats.min_score = commonest_min_score(reports);
  for (std::size_t i = 0; i < kBinCount; ++i) stats.bins[i].from = static_cast<Percent>(i) * kBinWidth;
  for (const FeedbackReport* report : reports) count_boxes(stats, *report);
  for (Percent min_score = 1; min_score < 100; ++min_score) {
    ThresholdOutcome outcome{.min_score = min_score};
    for (const FeedbackReport* report : reports) add_report(outcome, *report);
    if (outcome.reports > 0) stats.outcomes.push_back(outcome);
  }
  return stats;
}

}  // namespace

std::optional<ThresholdOutcome> ThresholdStats::at(Percent wanted) const {
  for (const ThresholdOutcome& outcome : outcomes) {
    if (outcome.min_score == wanted) return outcome;
  }
  return std::nullopt;
}

// Precision over few boxes goes up and down by chance, so that the threshold must be good for all higher
// ones, too, as long as enough boxes are above them to tell.
std::optional<ThresholdOutcome> ThresholdStats::proposal(double precision) const {
  std::optional<ThresholdOutcome> lowest;
  for (auto outcome = outcomes.rbegin(); outcome != outcomes.rend(); ++outcome) {
    if (outcome->found + outcome->false_alarms < kFewestBoxes) continue;
    if (outcome->precision() < precision) break;
    lowest = *outcome;
  }
  return lowest;
}

std::vector<ThresholdStats> threshold_stats(std::span<const FeedbackReport> reports) {
  std::map<std::pair<std::string, std::string>, std::vector<const FeedbackReport*>> groups;
  for (const FeedbackReport& report : reports) groups[{report.profile, report.model}].push_back(&report);
  std::vector<ThresholdStats> all;
  all.reserve(groups.size());
  for (const auto& [name, group] : groups) all.push_back(stats_of(group));
  return all;
}

}  // namespace face_privacy
