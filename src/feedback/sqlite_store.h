// Reports in one SQLite file, which nobody but its owner reads. What is erased is overwritten, in the file
// and in its log. Other processes of the same machine may have the same file open.
#pragma once

#include <memory>
#include <string>

#include "feedback/feedback_store.h"

namespace face_privacy {

// Makes the file where there is none. kIo; kInvalidOption where others can read it, or where it is a file
// of another kind.
Result<std::unique_ptr<FeedbackStore>> open_sqlite_store(const std::string& path,
                                                         const FeedbackLimits& limits);
// An existing one, with its own limits as they are.
Result<std::unique_ptr<FeedbackStore>> open_existing_sqlite_store(const std::string& path);

}  // namespace face_privacy
