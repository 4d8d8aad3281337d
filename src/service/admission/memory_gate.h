#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "base/stop_condition.h"

namespace face_privacy {

// Bounds the memory that photos are worked on in. Ordinary photos, of at most a quarter of the limit, are let
// in, in the order they come, while those inside stay below the limit. Larger ones have half of the limit
// beside that, so that they go mostly one after the other, and no ordinary photo waits for one.
class MemoryGate {
 public:
  // `patience`: whoever waits holds a thread that others could have.
  MemoryGate(std::uint64_t limit_bytes, std::chrono::milliseconds patience)
      : ordinary_{limit_bytes}, large_{limit_bytes / 2}, patience_(patience) {}

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

  // Waits its turn. A photo above the limit gets in where no other large one is. kBusy where `patience` is
  // over; else fails as `stop` says.
  Result<Place> enter(std::uint64_t bytes, const StopCondition& stop);

 private:
  struct Lane {
    const std::uint64_t limit_bytes;
    std::deque<std::uint64_t> waiting{};  // tickets, the next one first
    std::uint64_t inside_bytes = 0;
  };
  Lane& lane_of(std::uint64_t bytes) { return bytes <= ordinary_.limit_bytes / 4 ? ordinary_ : large_; }
  void leave(std::uint64_t bytes);

  Lane ordinary_;
  Lane large_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t next_ticket_ = 0;
};

}  // namespace face_privacy
