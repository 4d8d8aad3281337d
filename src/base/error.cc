#include "base/error.h"

namespace face_privacy {

std::string_view name_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidOption: return "invalid_option";
    case ErrorCode::kNotAPhoto: return "not_a_photo";
    case ErrorCode::kDamagedPhoto: return "damaged_photo";
    case ErrorCode::kTooManyBytes: return "too_many_bytes";
    case ErrorCode::kTooManyPixels: return "too_many_pixels";
    case ErrorCode::kTooManyFrames: return "too_many_frames";
    case ErrorCode::kTooCostly: return "too_costly";
    case ErrorCode::kUnsupportedPhoto: return "unsupported_photo";
    case ErrorCode::kModel: return "model_error";
    case ErrorCode::kIo: return "io_error";
    case ErrorCode::kBusy: return "busy";
    case ErrorCode::kDeadlineExceeded: return "deadline_exceeded";
    case ErrorCode::kCancelled: return "cancelled";
  }
  return "unknown";
}

}  // namespace face_privacy
