#include "codec/shared/size_check.h"

#include <string>

namespace face_privacy {

Result<void> check_size(std::uint64_t width, std::uint64_t height, std::uint64_t frame_count,
                        const Limits& limits) {
  if (width == 0 || height == 0 || frame_count == 0) {
    return fail(ErrorCode::kDamagedPhoto, "The photo has no pixels.");
  }
  const auto max_side = static_cast<std::uint64_t>(limits.max_side);
  if (width > max_side || height > max_side) {
    return fail(ErrorCode::kTooManyPixels,
                "The photo is wider or higher than " + std::to_string(limits.max_side) + " pixels.");
  }
  if (frame_count > static_cast<std::uint64_t>(limits.max_frames)) {
    return fail(ErrorCode::kTooManyFrames,
                "The photo has more than " + std::to_string(limits.max_frames) + " frames.");
  }
  // No overflow: a side fits 31 bits, so width * height fits 62.
  if (width * height > limits.max_pixels / frame_count) {
    return fail(ErrorCode::kTooManyPixels,
                "The photo has more than " + std::to_string(limits.max_pixels) + " pixels.");
  }
  return {};
}

}  // namespace face_privacy
