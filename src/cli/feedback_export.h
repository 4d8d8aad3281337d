#pragma once

#include <optional>
#include <string>

#include "feedback/crop_seal.h"
#include "feedback/feedback_store.h"

namespace face_privacy {

struct ExportedSet {
  int version = 0;
  std::size_t reports = 0;
  std::size_t crops = 0;
};

// Writes all reports, and with their private key the crops as photos with a truth.jsonl that `eval` reads,
// into the new folder `folder`, whole or not at all, and marks the reports as part of a new data set.
// kInvalidOption where the folder is there already, there is no report, or a crop is sealed to another key;
// kIo.
Result<ExportedSet> export_feedback(FeedbackStore& store, const std::optional<CropKey>& key,
                                    const std::string& folder);

}  // namespace face_privacy
