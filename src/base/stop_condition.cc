#include "base/stop_condition.h"

#include <utility>

namespace face_privacy {

StopCondition::StopCondition(std::optional<Clock::time_point> deadline, std::stop_token stop)
    : deadline_(deadline), stop_(std::move(stop)) {}

Result<void> StopCondition::check() const {
  if (stop_.stop_requested()) return fail(ErrorCode::kCancelled, "the work was cancelled");
  if (deadline_ && Clock::now() >= *deadline_) {
    return fail(ErrorCode::kDeadlineExceeded, "the time allowed for this photo is over");
  }
  return {};
}

}  // namespace face_privacy
