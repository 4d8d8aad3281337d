// Reports of corrections as JSON (docs/feedback.md).
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "detect/profile_name.h"
#include "feedback/feedback_store.h"
#include "feedback/thresholds.h"

namespace face_privacy {

inline constexpr std::size_t kMaxFeedbackBytes = std::size_t{128} << 10;
inline constexpr std::size_t kMaxFeedbackBoxes = 500;
inline constexpr std::size_t kMaxPassedOver = 2000;

struct ParsedFeedback {
  FeedbackReport report;
  Profile profile{};
  bool has_min_score = false;  // else the service's own default holds
  // For each box where it lies in a crop that comes along, in px of that crop; nothing: there is none.
  std::vector<std::optional<BoxF>> in_crops;
};

// Strict: a member that is unknown, missing or given twice, a number out of range and a box outside the photo
// are errors. Boxes, scores and thresholds come out as coarse as they are kept, whatever was sent.
// kInvalidOption, which repeats nothing of the text.
Result<ParsedFeedback> parse_feedback(std::string_view text);

// A line of a data set:
// {"image","size","id","day","profile","model","min_score","faces","removed","candidates"}. What is no face
// stands under "removed", so that whoever reads "faces" as the truth reads the truth.
boost::json::object to_json(const StoredReport& stored);

boost::json::object to_json(const ThresholdStats& stats, double precision);

}  // namespace face_privacy
