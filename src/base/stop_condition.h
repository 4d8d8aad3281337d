#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

#include "base/error.h"

namespace face_privacy {

// When work on a photo should be given up: at a point in time, when somebody asks, or never (the
// default). Cheap to copy; `check` may be called from any thread.
class StopCondition {
 public:
  using Clock = std::chrono::steady_clock;

  StopCondition() = default;
  explicit StopCondition(std::optional<Clock::time_point> deadline, std::stop_token stop = {});

  std::optional<Clock::time_point> deadline() const { return deadline_; }
  std::stop_token stop_token() const { return stop_; }

  // kDeadlineExceeded, kCancelled, or nothing.
  Result<void> check() const;

 private:
  std::optional<Clock::time_point> deadline_;
  std::stop_token stop_;
};

}  // namespace face_privacy
