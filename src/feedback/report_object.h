// A report as an object of a bucket: JSON, with the numbers as whole as SQLite keeps them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "crypto/digest.h"
#include "feedback/feedback_store.h"

namespace face_privacy {

struct ReportObject {
  Sha256 token{};  // of the erase token
  FeedbackReport report;
  std::vector<std::pair<std::size_t, Rect>> crops;  // number of the box, and where it lies in its crop
};

std::string to_text(const ReportObject& object);
// kInvalidOption for what to_text does not write.
Result<ReportObject> read_report_object(std::string_view text);

}  // namespace face_privacy
