#include "service/api/problem.h"

#include <array>
#include <boost/json.hpp>

namespace face_privacy {
namespace {

// Where clips take all places or all room, or reports come too fast, they do for a while.
constexpr std::string_view kFullRetrySeconds = "30";

struct Entry {
  ProblemCode code;
  int status;
  std::string_view name;
  std::string_view title;
};

constexpr std::array kEntries{
    Entry{ProblemCode::kInvalidRequest, 400, "invalid_request", "Malformed request"},
    Entry{ProblemCode::kInvalidOption, 400, "invalid_option", "Invalid option value"},
    Entry{ProblemCode::kUnknownOption, 400, "unknown_option", "Unknown option"},
    Entry{ProblemCode::kDuplicateOption, 400, "duplicate_option", "Option given twice"},
    Entry{ProblemCode::kInvalidMultipart, 400, "invalid_multipart", "Malformed multipart body"},
    Entry{ProblemCode::kMissingPhoto, 400, "missing_photo", "No photo in the request"},
    Entry{ProblemCode::kSeveralPhotos, 400, "several_photos", "More than one photo in the request"},
    Entry{ProblemCode::kMissingVideo, 400, "missing_video", "No clip in the request"},
    Entry{ProblemCode::kSeveralVideos, 400, "several_videos", "More than one clip in the request"},
    Entry{ProblemCode::kUnauthorized, 401, "unauthorized", "API key required"},
    Entry{ProblemCode::kWrongEraseToken, 403, "wrong_erase_token", "Wrong erase token"},
    Entry{ProblemCode::kNotFound, 404, "not_found", "Not found"},
    Entry{ProblemCode::kJobGone, 404, "job_gone", "Job not found"},
    Entry{ProblemCode::kFeedbackGone, 404, "feedback_gone", "Report not found"},
    Entry{ProblemCode::kPhotoGone, 404, "photo_gone", "Photo not found"},
    Entry{ProblemCode::kMethodNotAllowed, 405, "method_not_allowed", "Method not allowed"},
    Entry{ProblemCode::kRequestTimeout, 408, "request_timeout", "Request timeout"},
    Entry{ProblemCode::kJobNotReady, 409, "job_not_ready", "Job not ready"},
    Entry{ProblemCode::kLengthRequired, 411, "length_required", "Length required"},
    Entry{ProblemCode::kTooManyBytes, 413, "too_many_bytes", "Body too large"},
    Entry{ProblemCode::kTargetTooLong, 414, "target_too_long", "Request target too long"},
    Entry{ProblemCode::kUnsupportedMediaType, 415, "unsupported_media_type", "Unsupported media type"},
    Entry{ProblemCode::kNotAPhoto, 415, "not_a_photo", "Not a photo of a supported format"},
    Entry{ProblemCode::kNotAVideo, 415, "not_a_video", "Not a clip of a supported format"},
    Entry{ProblemCode::kRangeNotSatisfiable, 416, "range_not_satisfiable", "Range not satisfiable"},
    Entry{ProblemCode::kExpectationFailed, 417, "expectation_failed", "Expectation failed"},
    Entry{ProblemCode::kDamagedPhoto, 422, "damaged_photo", "Damaged photo"},
    Entry{ProblemCode::kTooManyPixels, 422, "too_many_pixels", "Too many pixels"},
    Entry{ProblemCode::kTooManyFrames, 422, "too_many_frames", "Too many frames"},
    Entry{ProblemCode::kTooCostly, 422, "too_costly", "Too costly to process"},
    Entry{ProblemCode::kUnsupportedPhoto, 422, "unsupported_photo", "Unsupported kind of photo"},
    Entry{ProblemCode::kBadReference, 422, "bad_reference", "Unusable reference photo"},
    Entry{ProblemCode::kDamagedVideo, 422, "damaged_video", "Damaged clip"},
    Entry{ProblemCode::kUnsupportedVideo, 422, "unsupported_video", "Unsupported kind of clip"},
    Entry{ProblemCode::kInvalidTracks, 422, "invalid_tracks", "Invalid tracks file"},
    Entry{ProblemCode::kInvalidFeedback, 422, "invalid_feedback", "Invalid report"},
    Entry{ProblemCode::kQueueFull, 429, "queue_full", "Queue full"},
    Entry{ProblemCode::kTooManyInFlight, 429, "too_many_bytes_in_flight", "Too many bytes in flight"},
    Entry{ProblemCode::kTooManyJobs, 429, "too_many_jobs", "Too many jobs"},
    Entry{ProblemCode::kTooManySpooledBytes, 429, "too_many_spooled_bytes", "No room for further clips"},
    Entry{ProblemCode::kTooMuchFeedback, 429, "too_much_feedback", "Too many reports"},
    Entry{ProblemCode::kHeaderTooLarge, 431, "header_too_large", "Request header too large"},
    Entry{ProblemCode::kInternalError, 500, "internal_error", "Internal server error"},
    Entry{ProblemCode::kModelError, 500, "model_error", "Model error"},
    Entry{ProblemCode::kNoRecognizer, 501, "no_recognizer", "No recognizer installed"},
    Entry{ProblemCode::kDraining, 503, "draining", "Shutting down"},
    Entry{ProblemCode::kStarting, 503, "starting", "Starting"},
    Entry{ProblemCode::kStuck, 503, "stuck", "No progress"},
    Entry{ProblemCode::kFeedbackUnavailable, 503, "feedback_unavailable", "Reports unavailable"},
    Entry{ProblemCode::kDeadlineExceeded, 504, "deadline_exceeded", "Deadline exceeded"},
    Entry{ProblemCode::kFeedbackFull, 507, "feedback_full", "No room for more reports"},
};

constexpr auto kCodes = [] {
  std::array<ProblemCode, kEntries.size()> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = kEntries[i].code;
  return codes;
}();

constexpr bool entries_stand_in_order() {
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    if (kEntries[i].code != static_cast<ProblemCode>(i)) return false;
  }
  return kEntries.size() == static_cast<std::size_t>(ProblemCode::kFeedbackFull) + 1;
}
static_assert(entries_stand_in_order());

const Entry& entry_of(ProblemCode code) { return kEntries[static_cast<std::size_t>(code)]; }

}  // namespace

std::span<const ProblemCode> all_problem_codes() { return kCodes; }
std::string_view name_of(ProblemCode code) { return entry_of(code).name; }
int status_of(ProblemCode code) { return entry_of(code).status; }

Problem problem_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidOption: return {ProblemCode::kInvalidOption, error.message};
    case ErrorCode::kNotAPhoto: return {ProblemCode::kNotAPhoto, error.message};
    case ErrorCode::kDamagedPhoto: return {ProblemCode::kDamagedPhoto, error.message};
    case ErrorCode::kTooManyBytes: return {ProblemCode::kTooManyBytes, error.message};
    case ErrorCode::kTooManyPixels: return {ProblemCode::kTooManyPixels, error.message};
    case ErrorCode::kTooManyFrames: return {ProblemCode::kTooManyFrames, error.message};
    case ErrorCode::kTooCostly: return {ProblemCode::kTooCostly, error.message};
    case ErrorCode::kUnsupportedPhoto: return {ProblemCode::kUnsupportedPhoto, error.message};
    case ErrorCode::kModel: return {ProblemCode::kModelError, ""};
    case ErrorCode::kIo: return {ProblemCode::kInternalError, ""};
    case ErrorCode::kBusy: return {ProblemCode::kTooManyInFlight, error.message};
    case ErrorCode::kDeadlineExceeded: return {ProblemCode::kDeadlineExceeded, error.message};
    // Work is cancelled when its client has gone, who reads nothing any more, or when a drain ends.
    case ErrorCode::kCancelled: return {ProblemCode::kDraining, error.message};
  }
  return {ProblemCode::kInternalError, ""};
}

Problem video_problem_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::kNotAPhoto: return {ProblemCode::kNotAVideo, error.message};
    case ErrorCode::kDamagedPhoto: return {ProblemCode::kDamagedVideo, error.message};
    case ErrorCode::kUnsupportedPhoto: return {ProblemCode::kUnsupportedVideo, error.message};
    case ErrorCode::kTooManyBytes: return {ProblemCode::kTooManySpooledBytes, error.message};
    default: return problem_of(error);
  }
}

Problem without_signing_key() {
  return {ProblemCode::kInvalidOption, "receipt: this service has no key to sign one with"};
}

std::string_view title_of(ProblemCode code) { return entry_of(code).title; }

Response problem_response(const Problem& problem, std::string_view request_id) {
  const Entry& entry = entry_of(problem.code);
  boost::json::object json{{"type", "urn:face-privacy:problem:" + std::string(entry.name)},
                           {"title", entry.title},
                           {"status", entry.status},
                           {"code", entry.name}};
  if (!problem.detail.empty()) json["detail"] = problem.detail;
  if (problem.reference) {
    json["index"] = problem.reference->index;
    json["reason"] = problem.reference->reason;
  }
  if (!request_id.empty()) json["request_id"] = request_id;
  Response response;
  response.status = entry.status;
  response.problem_code = entry.name;
  response.headers.add("Content-Type", "application/problem+json");
  response.body = Body(boost::json::serialize(json));
  const bool is_full =
      problem.code == ProblemCode::kTooManyJobs || problem.code == ProblemCode::kTooManySpooledBytes ||
      problem.code == ProblemCode::kTooMuchFeedback || problem.code == ProblemCode::kFeedbackUnavailable;
  if (is_full) response.headers.add("Retry-After", std::string(kFullRetrySeconds));
  if (entry.status == 401) response.headers.add("WWW-Authenticate", "Bearer realm=\"face-privacy\"");
  return response;
}

}  // namespace face_privacy
