// Error answers: application/problem+json (RFC 9457) with a stable `code`.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "service/http/http_message.h"

namespace face_privacy {

// Each code has one status. The names, which `name_of` gives, are part of the HTTP contract.
enum class ProblemCode {
  kInvalidRequest,        // 400: no HTTP/1.1 that can be understood
  kInvalidOption,         // 400
  kUnknownOption,         // 400
  kDuplicateOption,       // 400
  kInvalidMultipart,      // 400
  kMissingPhoto,          // 400
  kSeveralPhotos,         // 400
  kMissingVideo,          // 400
  kSeveralVideos,         // 400
  kUnauthorized,          // 401
  kWrongEraseToken,       // 403
  kNotFound,              // 404
  kJobGone,               // 404
  kFeedbackGone,          // 404
  kPhotoGone,             // 404
  kMethodNotAllowed,      // 405
  kRequestTimeout,        // 408
  kJobNotReady,           // 409
  kLengthRequired,        // 411
  kTooManyBytes,          // 413
  kTargetTooLong,         // 414
  kUnsupportedMediaType,  // 415: what Content-Type or Content-Encoding says
  kNotAPhoto,             // 415: what the bytes are
  kNotAVideo,             // 415: likewise
  kRangeNotSatisfiable,   // 416
  kExpectationFailed,     // 417
  kDamagedPhoto,          // 422
  kTooManyPixels,         // 422
  kTooManyFrames,         // 422
  kTooCostly,             // 422
  kUnsupportedPhoto,      // 422
  kBadReference,          // 422
  kDamagedVideo,          // 422
  kUnsupportedVideo,      // 422
  kInvalidTracks,         // 422
  kInvalidFeedback,       // 422
  kQueueFull,             // 429
  kTooManyInFlight,       // 429
  kTooManyJobs,           // 429
  kTooManySpooledBytes,   // 429
  kTooMuchFeedback,       // 429
  kHeaderTooLarge,        // 431
  kInternalError,         // 500
  kModelError,            // 500
  kNoRecognizer,          // 501
  kDraining,              // 503
  kStarting,              // 503
  kStuck,                 // 503
  kFeedbackUnavailable,   // 503
  kDeadlineExceeded,      // 504
  kFeedbackFull,          // 507
};
std::span<const ProblemCode> all_problem_codes();
std::string_view name_of(ProblemCode code);
int status_of(ProblemCode code);

// Which photo of a request cannot be used as a reference, counted from 0, and why.
struct ReferenceProblem {
  std::size_t index = 0;
  std::string_view reason;
};

struct Problem {
  ProblemCode code;
  std::string detail;  // one sentence for a person; empty: what the code's title says is all
  std::optional<ReferenceProblem> reference = {};
};

// Internal faults get no detail: what went wrong inside is for the log.
Problem problem_of(const Error& error);

// The same of a clip.
Problem video_problem_of(const Error& error);

// Of a request for a receipt where there is no key.
Problem without_signing_key();

std::string_view title_of(ProblemCode code);

Response problem_response(const Problem& problem, std::string_view request_id);

}  // namespace face_privacy
