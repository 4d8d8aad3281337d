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
    Entry{ProblemCode::kInvalidRequest, 400, "invalid_request", "The request is not valid HTTP/1.1"},
    Entry{ProblemCode::kInvalidOption, 400, "invalid_option", "An option has a value that cannot be used"},
    Entry{ProblemCode::kUnknownOption, 400, "unknown_option", "There is no such option"},
    Entry{ProblemCode::kDuplicateOption, 400, "duplicate_option", "An option was given twice"},
    Entry{ProblemCode::kInvalidMultipart, 400, "invalid_multipart", "The multipart body cannot be read"},
    Entry{ProblemCode::kMissingPhoto, 400, "missing_photo", "There is no photo in the request"},
    Entry{ProblemCode::kSeveralPhotos, 400, "several_photos", "A request takes one photo"},
    Entry{ProblemCode::kMissingVideo, 400, "missing_video", "There is no clip in the request"},
    Entry{ProblemCode::kSeveralVideos, 400, "several_videos", "A request takes one clip"},
    Entry{ProblemCode::kUnauthorized, 401, "unauthorized", "An API key is needed"},
    Entry{ProblemCode::kWrongEraseToken, 403, "wrong_erase_token",
          "The report can only be erased with its token"},
    Entry{ProblemCode::kNotFound, 404, "not_found", "There is nothing here"},
    Entry{ProblemCode::kJobGone, 404, "job_gone", "There is no such job, or no longer"},
    Entry{ProblemCode::kFeedbackGone, 404, "feedback_gone", "There is no such report, or no longer"},
    Entry{ProblemCode::kPhotoGone, 404, "photo_gone", "There is no such photo, or no longer"},
    Entry{ProblemCode::kMethodNotAllowed, 405, "method_not_allowed", "This method is not served here"},
    Entry{ProblemCode::kRequestTimeout, 408, "request_timeout", "The request came in too slowly"},
    Entry{ProblemCode::kJobNotReady, 409, "job_not_ready", "The job is not in a state for this"},
    Entry{ProblemCode::kLengthRequired, 411, "length_required", "The request has no body and announces none"},
    Entry{ProblemCode::kTooManyBytes, 413, "too_many_bytes", "The body is too large"},
    Entry{ProblemCode::kTargetTooLong, 414, "target_too_long", "The request target is too long"},
    Entry{ProblemCode::kUnsupportedMediaType, 415, "unsupported_media_type",
          "This media type is not read here"},
    Entry{ProblemCode::kNotAPhoto, 415, "not_a_photo", "The file is no photo of a format that is read here"},
    Entry{ProblemCode::kNotAVideo, 415, "not_a_video", "The file is no clip of a format that is read here"},
    Entry{ProblemCode::kRangeNotSatisfiable, 416, "range_not_satisfiable", "The result has no such bytes"},
    Entry{ProblemCode::kExpectationFailed, 417, "expectation_failed", "Only 100-continue can be expected"},
    Entry{ProblemCode::kDamagedPhoto, 422, "damaged_photo", "The photo is damaged"},
    Entry{ProblemCode::kTooManyPixels, 422, "too_many_pixels", "The photo has too many pixels"},
    Entry{ProblemCode::kTooManyFrames, 422, "too_many_frames", "The animation has too many frames"},
    Entry{ProblemCode::kTooCostly, 422, "too_costly", "The file takes too much time or memory"},
    Entry{ProblemCode::kUnsupportedPhoto, 422, "unsupported_photo", "This kind of photo is not supported"},
    Entry{ProblemCode::kBadReference, 422, "bad_reference", "A photo cannot be used as a reference"},
    Entry{ProblemCode::kDamagedVideo, 422, "damaged_video", "The clip is damaged"},
    Entry{ProblemCode::kUnsupportedVideo, 422, "unsupported_video", "This kind of clip is not supported"},
    Entry{ProblemCode::kInvalidTracks, 422, "invalid_tracks", "The tracks file cannot be used"},
    Entry{ProblemCode::kInvalidFeedback, 422, "invalid_feedback", "The report cannot be used"},
    Entry{ProblemCode::kQueueFull, 429, "queue_full", "Too many photos are waiting"},
    Entry{ProblemCode::kTooManyInFlight, 429, "too_many_bytes_in_flight", "Too many photos are in memory"},
    Entry{ProblemCode::kTooManyJobs, 429, "too_many_jobs", "Too many clips are here"},
    Entry{ProblemCode::kTooManySpooledBytes, 429, "too_many_spooled_bytes",
          "Clips take all the room there is"},
    Entry{ProblemCode::kTooMuchFeedback, 429, "too_much_feedback", "Too many reports came in"},
    Entry{ProblemCode::kHeaderTooLarge, 431, "header_too_large", "The request's header is too large"},
    Entry{ProblemCode::kInternalError, 500, "internal_error", "Something went wrong in the service"},
    Entry{ProblemCode::kModelError, 500, "model_error", "The model failed"},
    Entry{ProblemCode::kNoRecognizer, 501, "no_recognizer", "This service cannot compare faces"},
    Entry{ProblemCode::kDraining, 503, "draining", "The service is about to stop"},
    Entry{ProblemCode::kStarting, 503, "starting", "The service is not ready yet"},
    Entry{ProblemCode::kStuck, 503, "stuck", "The service makes no progress"},
    Entry{ProblemCode::kFeedbackUnavailable, 503, "feedback_unavailable",
          "Reports cannot be kept or read now"},
    Entry{ProblemCode::kDeadlineExceeded, 504, "deadline_exceeded", "The photo took too long"},
    Entry{ProblemCode::kFeedbackFull, 507, "feedback_full", "There is no room for more reports"},
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
