#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "base/stop_condition.h"

namespace face_privacy {

// Bounds the memory that photos are worked on in, all together: they are let in, in the order they come,
// while what those inside take stays below a limit. Ordinary photos never meet it; huge ones go one after the
// other.
class MemoryGate {
 public:
  // `patience`: whoever waits holds a thread that others could have.
  MemoryGate(std::uint64_t limit_bytes, std::chrono::milliseconds patience)
      : limit_bytes_(limit_bytes), patience_(patience) {}

  // Room for one photo, until it is destroyed.
  class Place {
   public:
    Place(MemoryGate& gate, std::uint64_t bytes) : gate_(&gate), bytes_(bytes) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), bytes_(other.bytes_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (gate_ != nullptr) gate_->leave(bytes_);
    }

   private:
    MemoryGate* gate_;
    std::uint64_t bytes_;
  };

  // Waits its turn. A photo above the limit gets in where nobody else is. kDeadlineExceeded where `patience`
  // is over; else fails as `stop` says.
  Result<Place> enter(std::uint64_t bytes, const StopCondition& stop);

 private:
  void leave(std::uint64_t bytes);

  const std::uint64_t limit_bytes_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> waiting_;  // tickets, the next one first
  std::uint64_t next_ticket_ = 0;
  std::uint64_t inside_bytes_ = 0;
};

}  // namespace face_privacy
