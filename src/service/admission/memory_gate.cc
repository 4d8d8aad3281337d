#include "service/admission/memory_gate.h"

#include <algorithm>

namespace face_privacy {
namespace {

// How often somebody who waits looks whether he still should.
constexpr std::chrono::milliseconds kLook{20};

}  // namespace

Result<MemoryGate::Place> MemoryGate::enter(std::uint64_t bytes, const StopCondition& stop) {
  const auto until = StopCondition::Clock::now() + patience_;
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = next_ticket_++;
  waiting_.push_back(ticket);
  const auto may_enter = [&] {
    const bool fits = inside_bytes_ == 0 || inside_bytes_ + bytes <= limit_bytes_;
    return waiting_.front() == ticket && fits;
  };
  Result<void> go_on;
  while (go_on && !changed_.wait_for(lock, kLook, may_enter)) {
    go_on = stop.check();
    if (go_on && StopCondition::Clock::now() >= until) {
      go_on = fail(ErrorCode::kDeadlineExceeded, "Photos that came before take all the memory there is.");
    }
  }
  std::erase(waiting_, ticket);
  changed_.notify_all();
  if (!go_on) return fail(go_on);
  inside_bytes_ += bytes;
  return Place(*this, bytes);
}

void MemoryGate::leave(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    inside_bytes_ -= bytes;
  }
  changed_.notify_all();
}

}  // namespace face_privacy
