#include "worker/weights_in_memory.h"

#include <unistd.h>

#include <utility>

#include "worker/shared_bytes.h"

namespace face_privacy {
namespace {

std::string path_of(const Descriptor& shared) {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(shared.get());
}

}  // namespace

WeightsInMemory::WeightsInMemory(Descriptor weights, Descriptor ranges)
    : weights_(std::move(weights)), ranges_(std::move(ranges)) {}

Result<WeightsInMemory> WeightsInMemory::hold(ByteView weights, ByteView ranges) {
  WeightsInMemory held(share_bytes(weights), ranges.empty() ? Descriptor() : share_bytes(ranges));
  const bool complete = held.weights_ && (ranges.empty() || held.ranges_);
  if (!complete) return fail(ErrorCode::kIo, "there is no memory to hold the weights in");
  return held;
}

std::string WeightsInMemory::weights_path() const { return path_of(weights_); }
std::string WeightsInMemory::ranges_path() const { return path_of(ranges_); }

}  // namespace face_privacy
