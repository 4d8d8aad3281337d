// Errors as values. Bad input is a value of this kind; a bug is an exception or an assertion.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace face_privacy {

enum class ErrorCode {
  kInvalidOption,     // an option is unknown, out of range, or contradicts another
  kNotAPhoto,         // the bytes are of no format this program reads
  kDamagedPhoto,      // the format is known, the content is truncated or corrupt
  kTooManyBytes,      // Limits::max_bytes
  kTooManyPixels,     // Limits::max_pixels or Limits::max_side
  kTooManyFrames,     // Limits::max_frames
  kTooCostly,         // within the limits above, but it would take, or took, too much time or memory
  kUnsupportedPhoto,  // a valid photo of a kind this program refuses, and says why
  kModel,             // the model cannot be read, is of no known layout, or failed to run
  kIo,                // a file cannot be read or written
  kBusy,              // other photos take the memory there is: the same photo may do later
  kDeadlineExceeded,  // StopCondition: the time is over
  kCancelled,         // StopCondition: nobody wants the result any more
};

// The stable text of a code, e.g. "damaged_photo"; part of the HTTP contract.
std::string_view name_of(ErrorCode code);

// `message` is one sentence for the person who sent the photo. It never holds user data: no file
// name, no pixel, no metadata.
struct Error {
  ErrorCode code;
  std::string message;
};

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using Base = tl::expected<T, Error>;
  using Base::Base;
  Result(Base base) : Base(std::move(base)) {}  // NOLINT(google-explicit-constructor)
};

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// Passes the error of a failed result on.
template <class T>
tl::unexpected<Error> fail(const Result<T>& failed) {
  return tl::unexpected<Error>(failed.error());
}

}  // namespace face_privacy
