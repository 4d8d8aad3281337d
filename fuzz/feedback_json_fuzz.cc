// Reports of corrections come from anybody: what is read is in range and as coarse as it is kept, and reads
// the same when it is told again; all else is an error that repeats nothing of it.
#include <array>
#include <cstdint>
#include <string_view>

#include "report/feedback_json.h"

using namespace face_privacy;

namespace {

void require(bool holds) {
  if (!holds) __builtin_trap();
}

void check(Percent percent) { require(percent >= 0 && percent <= 100); }

void check(const CorrectedBox& corrected) {
  const GridBox& box = corrected.box;
  require(box.width >= 1 && box.height >= 1);
  require(box.x + box.width <= kGridUnits && box.y + box.height <= kGridUnits);
  if (corrected.score) check(*corrected.score);
  require(corrected.score || corrected.action == Correction::kDrawn);
}

void check(const FeedbackReport& report) {
  require(report.photo.width > 0 && report.photo.height > 0);
  require(report.model.size() == 64 && profile_from_name(report.profile).has_value());
  require(!report.boxes.empty() && report.boxes.size() <= kMaxFeedbackBoxes);
  check(report.min_score);
  for (const CorrectedBox& box : report.boxes) check(box);
  if (!report.candidates) return;
  require(report.candidates->passed_over.size() <= kMaxPassedOver);
  for (const Percent score : report.candidates->passed_over) check(score);
}

void check(const Error& error) {
  constexpr std::size_t kLongest = 100;
  require(!error.message.empty() && error.message.size() < kLongest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto parsed = parse_feedback({reinterpret_cast<const char*>(data), size});
  if (!parsed) {
    check(parsed.error());
    return 0;
  }
  check(parsed->report);
  const StoredReport stored{"id", 1, std::nullopt, parsed->report};
  require(!to_json(stored).empty());
  require(threshold_stats(std::array{parsed->report}).size() == 1);
  return 0;
}
