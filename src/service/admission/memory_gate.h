#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

#include "base/stop_condition.h"

namespace face_privacy {

// Bounds the memory of all compute threads together: photos are let in, in the order they come,
// while the pixels of those inside stay below a limit. Two ordinary photos never meet it; two huge
// ones go one after the other.
class PixelGate {
 public:
  explicit PixelGate(std::uint64_t limit_pixels) : limit_pixels_(limit_pixels) {}

  // Room for one photo, until it is destroyed.
  class Place {
   public:
    Place(PixelGate& gate, std::uint64_t pixels) : gate_(&gate), pixels_(pixels) {}
    Place(Place&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), pixels_(other.pixels_) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
      if (gate_ != nullptr) gate_->leave(pixels_);
    }

   private:
    PixelGate* gate_;
    std::uint64_t pixels_;
  };

  // Waits its turn. A photo above the limit gets in where nobody else is. Fails as `stop` says.
  Result<Place> enter(std::uint64_t pixels, const StopCondition& stop);

 private:
  void leave(std::uint64_t pixels);

  const std::uint64_t limit_pixels_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::uint64_t> waiting_;  // tickets, the next one first
  std::uint64_t next_ticket_ = 0;
  std::uint64_t inside_pixels_ = 0;
};

}  // namespace face_privacy
