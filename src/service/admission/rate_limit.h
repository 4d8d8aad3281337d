// How many requests of a kind are let through in a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <mutex>

namespace face_privacy {

// Lets `per_minute` through in each minute, and as many at once. Thread-safe.
class RateLimit {
 public:
  using Clock = std::chrono::steady_clock;
  explicit RateLimit(int per_minute) : per_minute_(per_minute), left_(per_minute) {}

  bool admit(Clock::time_point now) {
    const std::scoped_lock lock(mutex_);
    const std::chrono::duration<double> passed = now - last_;
    left_ = std::min<double>(per_minute_, left_ + passed.count() / 60 * per_minute_);
    last_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  const int per_minute_;
  std::mutex mutex_;
  double left_;
  Clock::time_point last_ = Clock::now();
};

}  // namespace face_privacy
