#include "service/admission/pixel_gate.h"

#include <algorithm>
#include <chrono>

namespace face_privacy {
namespace {

// How often somebody who waits looks whether he still should.
constexpr std::chrono::milliseconds kLook{20};

}  // namespace

Result<PixelGate::Place> PixelGate::enter(std::uint64_t pixels, const StopCondition& stop) {
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = next_ticket_++;
  waiting_.push_back(ticket);
  const auto may_enter = [&] {
    const bool fits = inside_pixels_ == 0 || inside_pixels_ + pixels <= limit_pixels_;
    return waiting_.front() == ticket && fits;
  };
  Result<void> go_on;
  while (!changed_.wait_for(lock, kLook, may_enter)) {
    go_on = stop.check();
    if (!go_on) break;
  }
  std::erase(waiting_, ticket);
  changed_.notify_all();
  if (!go_on) return fail(go_on);
  inside_pixels_ += pixels;
  return Place(*this, pixels);
}

void PixelGate::leave(std::uint64_t pixels) {
  {
    const std::lock_guard lock(mutex_);
    inside_pixels_ -= pixels;
  }
  changed_.notify_all();
}

}  // namespace face_privacy
