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
  Lane& lane = lane_of(bytes);
  lane.waiting.push_back(ticket);
  const auto may_enter = [&] {
    const bool fits = lane.inside_bytes == 0 || lane.inside_bytes + bytes <= lane.limit_bytes;
    return lane.waiting.front() == ticket && fits;
  };
  const auto may_wait = [&]() -> Result<void> {
    auto running = stop.check();
    if (!running || StopCondition::Clock::now() < until) return running;
    return fail(ErrorCode::kBusy, "Photos that came before take all the memory there is.");
  };
  Result<void> running;
  while (running && !changed_.wait_for(lock, kLook, may_enter)) running = may_wait();
  std::erase(lane.waiting, ticket);
  changed_.notify_all();
  if (!running) return fail(running);
  lane.inside_bytes += bytes;
  return Place(*this, bytes);
}

void MemoryGate::leave(std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    lane_of(bytes).inside_bytes -= bytes;
  }
  changed_.notify_all();
}

}  // namespace face_privacy
