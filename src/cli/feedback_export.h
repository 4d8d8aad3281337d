#pragma once

#include <string>

#include "feedback/feedback_store.h"

namespace face_privacy {

struct ExportedSet {
  int version = 0;
  std::size_t reports = 0;
};

// Writes all reports into the new folder `folder`, whole or not at all, and marks them as part of a new data
// set: reports.jsonl and data_set.json. kInvalidOption where the folder is there already or there is no
// report, kIo.
Result<ExportedSet> export_feedback(FeedbackStore& store, const std::string& folder);

}  // namespace face_privacy
