#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace face_privacy {

// A value that many threads use and one replaces while they do: whoever took it keeps what he took, and it
// ends with its last user. Thread-safe.
template <class T>
class Replaceable {
 public:
  explicit Replaceable(T value) : value_(std::make_shared<const T>(std::move(value))) {}

  std::shared_ptr<const T> get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

  void replace(T value) {
    auto replacement = std::make_shared<const T>(std::move(value));
    const std::lock_guard lock(mutex_);
    value_.swap(replacement);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> value_;
};

}  // namespace face_privacy
