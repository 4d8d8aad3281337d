#include "service/api/video_handler.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "media/clip.h"
#include "report/report_json.h"
#include "service/api/answers.h"
#include "service/api/request_body.h"
#include "service/api/video_json.h"
#include "service/api/video_options.h"
#include "service/http/byte_range.h"
#include "service/http/header_value.h"
#include "service/http/multipart.h"

namespace face_privacy {
namespace {

constexpr std::size_t kHeadBytes = 512;  // tells what kind of clip a file is

tl::unexpected<Problem> job_gone() {
  return problem(ProblemCode::kJobGone,
                 "it was deleted, its time is over, or the service was restarted, which no job survives");
}

tl::unexpected<Problem> problem_of_refusal(VideoJobs::Refused refused, ProblemCode invalid) {
  switch (refused.why) {
    case VideoJobs::Refusal::kGone: return job_gone();
    case VideoJobs::Refusal::kNotReady:
      return problem(ProblemCode::kJobNotReady, "its state says what it is at; wait until it rests");
    case VideoJobs::Refusal::kInvalid: return problem(invalid, std::move(refused.error.message));
    case VideoJobs::Refusal::kNoRoom:
      return problem(ProblemCode::kTooManySpooledBytes, "try again when other clips are gone");
    case VideoJobs::Refusal::kFailed: break;
  }
  return tl::unexpected(video_problem_of(refused.error));
}

std::optional<Problem> packed_body(const RequestHead& head) {
  const std::string_view encoding = head.headers.find("Content-Encoding").value_or("identity");
  if (equal_ignoring_case(trimmed(encoding), "identity")) return std::nullopt;
  return Problem{ProblemCode::kUnsupportedMediaType, "the body must not have a Content-Encoding"};
}

std::string_view head_field(const RequestHead& head, std::string_view name) {
  return head.headers.find(name).value_or("");
}

bool is_video(std::string_view type) {
  return type.starts_with("video/") || type == "application/octet-stream" || type.empty() ||
         type == "application/x-www-form-urlencoded" || type == "application/mp4" ||
         type == "application/x-matroska";
}

// Memory of this process that shows a file; nobody else has the file yet.
class MappedFile {
 public:
  explicit MappedFile(const SpooledFile& file) : size_(static_cast<std::size_t>(file.size_bytes())) {
    if (size_ > 0) data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
  }
  ~MappedFile() {
    if (data_ != MAP_FAILED) ::munmap(data_, size_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  ByteView view() const {
    return data_ == MAP_FAILED ? ByteView() : ByteView(static_cast<const std::uint8_t*>(data_), size_);
  }

 private:
  std::size_t size_;
  void* data_ = MAP_FAILED;
};

bool is_clip(const SpooledFile& file) {
  std::array<std::uint8_t, kHeadBytes> head{};
  return sniff_clip(ByteView(head).first(file.read(0, head))).has_value();
}

OrProblem<VideoOptions> options_from(std::span<const OptionField> fields, const DetectOptions& defaults) {
  auto options = parse_video_options(fields, defaults);
  if (!options && options.error().code == ProblemCode::kUnknownOption) {
    options.error().detail += ", references";
  }
  return options;
}

bool wants_events(const RequestHead& head) {
  return head_field(head, "Accept").find("text/event-stream") != std::string_view::npos;
}

std::string event_of(const JobView& job) { return "event: job\ndata: " + to_text(to_json(job)) + "\n\n"; }

// One event for each change, then the one that rests.
class JobEvents {
 public:
  JobEvents(VideoJobs& jobs, std::string id) : jobs_(jobs), id_(std::move(id)) {}

  std::optional<std::string> next() {
    if (is_over_) return std::nullopt;
    const auto job = jobs_.find(id_);
    if (!job) {
      is_over_ = true;
      return "event: gone\ndata: {}\n\n";
    }
    is_over_ = is_resting(job->state);
    if (std::exchange(version_, job->version) == job->version && !is_over_) return "";
    return event_of(*job);
  }

 private:
  VideoJobs& jobs_;
  const std::string id_;
  std::optional<std::uint64_t> version_;
  bool is_over_ = false;
};

}  // namespace

std::size_t VideoHandler::max_bytes(const VideoCall& call) const {
  return call.is_upload() ? settings_.max_clip_bytes : settings_.max_tracks_bytes;
}

std::variant<Response, VideoCall> VideoHandler::decide(const RequestHead& head, const std::string& request_id,
                                                       const RoutedPath& routed,
                                                       std::vector<OptionField> query) const {
  const auto refuse = [&](const Problem& reason) { return problem_response(reason, request_id); };
  VideoCall call{routed.route, request_id, std::move(query), {}, std::string(routed.job), routed.frame};
  if (call.is_upload()) {
    auto upload = upload_call(head, std::move(call));
    if (!upload) return refuse(upload.error());
    return std::move(*upload);
  }
  if (routed.route == Route::kVideoFrame) {
    if (const auto options = parse_frame_options(call.query, call.frame); !options)
      return refuse(options.error());
    return call;
  }
  if (head.method == Method::kPut) {
    if (!call.query.empty()) return refuse(unknown_option(call.query.front().name, "none"));
    if (!head.content_length && !head.chunked) {
      return refuse({ProblemCode::kLengthRequired, "the body is a tracks file"});
    }
    if (head.content_length.value_or(0) > settings_.max_tracks_bytes)
      return refuse({ProblemCode::kTooManyBytes, ""});
    if (const auto packed = packed_body(head)) return refuse(*packed);
    if (!jobs_->find(call.job)) return refuse(job_gone().value());
    return call;
  }
  auto response = short_answer(head, request_id, routed, call.query);
  if (!response) return refuse(response.error());
  return std::move(*response);
}

OrProblem<VideoCall> VideoHandler::upload_call(const RequestHead& head, VideoCall&& call) const {
  if (!head.content_length && !head.chunked) {
    return problem(ProblemCode::kLengthRequired, "the body is the clip, or a form with it");
  }
  if (head.content_length.value_or(0) > settings_.max_clip_bytes) {
    return problem(ProblemCode::kTooManyBytes,
                   "at most " + std::to_string(settings_.max_clip_bytes) + " bytes are allowed");
  }
  const std::string_view header = head_field(head, "Content-Type");
  const std::string type = to_lower(trimmed(header.substr(0, header.find(';'))));
  if (type == "multipart/form-data") {
    call.boundary = multipart_boundary(header);
    if (!call.boundary) return problem(ProblemCode::kInvalidMultipart, "Content-Type has no valid boundary");
  } else if (!is_video(type)) {
    return problem(
        ProblemCode::kUnsupportedMediaType,
        "send the clip as video/mp4 or its like, application/octet-stream, or multipart/form-data");
  }
  if (const auto packed = packed_body(head)) return tl::unexpected(*packed);
  std::vector<OptionField> fields = call.query;
  if (const auto token = take_token(fields); !token) return tl::unexpected(token.error());
  const auto options = options_from(fields, settings_.detection);
  if (!options) return tl::unexpected(options.error());
  if (auto wrong = receipt_problem(options->clip)) return tl::unexpected(std::move(*wrong));
  return std::move(call);
}

OrProblem<VideoJobs::Upload> VideoHandler::begin_upload(std::uint64_t announced) const {
  if (jobs_->load().spooled_bytes + announced > jobs_->spool_limit_bytes()) {
    return problem(ProblemCode::kTooManySpooledBytes, "try again when other clips are gone");
  }
  auto upload = jobs_->begin_upload();
  if (!upload) return tl::unexpected(video_problem_of(upload.error()));
  if (!*upload) {
    return problem(ProblemCode::kTooManyJobs, std::to_string(jobs_->settings().max_jobs) +
                                                  " clips may be here at a time; DELETE what is done");
  }
  return std::move(**upload);
}

OrProblem<VideoHandler::Asked> VideoHandler::asked(const VideoCall& call, std::vector<OptionField> fields,
                                                   std::span<const ReferencePart> references,
                                                   const StopCondition& stop) const {
  const auto token = take_token(fields);
  if (!token) return tl::unexpected(token.error());
  auto options = options_from(fields, settings_.detection);
  if (!options) return tl::unexpected(std::move(options.error()));
  auto people = people_named(references, *token, call.key_name, settings_.pipeline, *settings_.tokens, stop);
  if (!people) return tl::unexpected(std::move(people.error()));
  if (!people->empty() && !options->clip.detect) {
    return problem(ProblemCode::kInvalidOption, "people can only be told apart where faces are looked for");
  }
  return Asked{std::move(*options), std::move(*people)};
}

// Of a form's body, leaves nothing but the clip in the file, and gives what else was in it.
OrProblem<VideoHandler::Asked> VideoHandler::separate_clip(const VideoCall& call, SpooledFile& file,
                                                           const StopCondition& stop) const {
  std::vector<OptionField> fields = call.query;
  std::vector<ReferencePart> references;
  ByteView clip;
  std::uint64_t offset = 0;
  const auto read = [&]() -> OrProblem<Asked> {
    const MappedFile body(file);
    const auto parts = parse_multipart(body.view(), *call.boundary);
    if (!parts) return problem(ProblemCode::kInvalidMultipart, parts.error().message);
    for (const MultipartPart& part : *parts) {
      if (const auto person = person_of_part(part.name)) {
        references.push_back({std::string(*person), part.content});
        continue;
      }
      const ByteView beginning = part.content.first(std::min(part.content.size(), kHeadBytes));
      if (!part.has_file_name && !sniff_clip(beginning)) {
        if (part.content.size() > kMaxOptionBytes) {
          return problem(ProblemCode::kInvalidOption, "an option is longer than 1 MiB");
        }
        fields.push_back({part.name, std::string(part.content.begin(), part.content.end())});
        continue;
      }
      if (!clip.empty()) return problem(ProblemCode::kSeveralVideos, "send one request for each clip");
      clip = part.content;
    }
    if (clip.empty())
      return problem(ProblemCode::kMissingVideo, "no part of the body is a clip, or it is empty");
    offset = static_cast<std::uint64_t>(clip.data() - body.view().data());
    return asked(call, std::move(fields), references, stop);
  };
  auto result = read();
  if (!result) return result;
  if (const auto cropped = file.crop(offset, clip.size()); !cropped)
    return tl::unexpected(problem_of(cropped.error()));
  return result;
}

OrProblem<Response> VideoHandler::add(const VideoCall& call, VideoJobs::Upload&& upload,
                                      const StopCondition& stop) const {
  if (upload.file.size_bytes() == 0) return problem(ProblemCode::kMissingVideo, "the body is empty");
  auto came_with = call.boundary ? separate_clip(call, upload.file, stop) : asked(call, call.query, {}, stop);
  if (!came_with) return tl::unexpected(std::move(came_with.error()));
  if (!is_clip(upload.file))
    return problem(ProblemCode::kNotAVideo, "MP4, MOV, MKV, WebM, TS and AVI are read");
  ClipOptions& options = came_with->options.clip;
  if (auto wrong = receipt_problem(options)) return tl::unexpected(std::move(*wrong));
  options.detection.people = faces_of(came_with->people);
  for (const Person& person : came_with->people) options.names.push_back(person.name);
  const std::string id = jobs_->add(std::move(upload), options, came_with->options.render);
  auto response = job_answer(id, 202);
  // Relative, so that it is right behind a proxy that takes a part of the path away.
  if (response) response->headers.add("Location", "videos/" + id);
  return response;
}

OrProblem<Response> VideoHandler::job_answer(const std::string& id, int status) const {
  const auto job = jobs_->find(id);
  if (!job) return job_gone();
  Response response = json_response(to_json(*job));
  response.status = status;
  if (settings_.signs_receipts) response.headers.add("X-Receipts", "true");
  return response;
}

Response VideoHandler::events(const std::string& id) const {
  Response response;
  response.headers.add("Content-Type", "text/event-stream");
  response.headers.add("X-Accel-Buffering", "no");
  response.stream = [events = std::make_shared<JobEvents>(*jobs_, id)] { return events->next(); };
  response.close = true;
  return response;
}

OrProblem<Response> VideoHandler::short_answer(const RequestHead& head, const std::string& request_id,
                                               const RoutedPath& routed,
                                               std::span<const OptionField> query) const {
  const std::string id(routed.job);
  if (routed.route == Route::kVideoRender) {
    // Whoever sends options there would take a place for covered that is not.
    if (head.announces_body()) {
      return problem(ProblemCode::kInvalidOption, "options of this call go in the query; it takes no body");
    }
    return render(id, query);
  }
  if (!query.empty()) return tl::unexpected(unknown_option(query.front().name, "none"));
  if (routed.route == Route::kVideoResult) return result(head, request_id, id);
  if (routed.route == Route::kVideoReceipt) return receipt(id);
  if (routed.route == Route::kVideoTracks) {
    const auto tracks = jobs_->tracks(id);
    if (!tracks) return problem_of_refusal(tracks.error(), ProblemCode::kInvalidTracks);
    Response response;
    response.headers.add("Content-Type", "application/json");
    response.body = Body(tracks->view, tracks->owner);
    return response;
  }
  if (head.method == Method::kDelete) {
    if (!jobs_->remove(id)) return job_gone();
    Response response;
    response.status = 204;
    return response;
  }
  if (wants_events(head) && jobs_->find(id)) return events(id);
  return job_answer(id, 200);
}

OrProblem<Response> VideoHandler::render(const std::string& id, std::span<const OptionField> query) const {
  const auto current = jobs_->options(id);
  if (!current) return problem_of_refusal(current.error(), ProblemCode::kInvalidOption);
  const auto options = parse_render_options(query, *current);
  if (!options) return tl::unexpected(options.error());
  if (auto wrong = receipt_problem(*options)) return tl::unexpected(std::move(*wrong));
  const auto begun = jobs_->render(id, [&](ClipOptions& now) { now = *options; });
  if (!begun) return problem_of_refusal(begun.error(), ProblemCode::kInvalidOption);
  auto response = job_answer(id, 202);
  if (response) response->headers.add("Location", "../" + id);
  return response;
}

OrProblem<Response> VideoHandler::result(const RequestHead& head, const std::string& request_id,
                                         const std::string& id) const {
  const auto job = jobs_->find(id);
  if (!job) return job_gone();
  if (!job->result) return problem(ProblemCode::kJobNotReady, "there is no result yet");
  const ClipResult& result = *job->result;
  const Container container = result.summary.container;
  const std::string tag = "\"" + result.tag + "\"";
  Response response;
  response.headers.add("ETag", tag);
  response.headers.add("Accept-Ranges", "bytes");
  if (names_entity_tag(head_field(head, "If-None-Match"), tag)) {
    response.status = 304;
    return response;
  }
  response.headers.add("Content-Type", std::string(media_type_of(container)));
  response.headers.add("Content-Disposition",
                       "attachment; filename=\"redacted" + std::string(extension_of(container)) + "\"");
  ByteRange range{0, result.bytes};
  const bool same = !head.headers.find("If-Range") || head_field(head, "If-Range") == tag;
  const auto asked = same && head.method == Method::kGet
                         ? parse_byte_range(head_field(head, "Range"), result.bytes)
                         : std::nullopt;
  if (asked) {
    if (asked->length == 0) {
      Response none = problem_response({ProblemCode::kRangeNotSatisfiable, ""}, request_id);
      none.headers.add("Content-Range", "bytes */" + std::to_string(result.bytes));
      return none;
    }
    range = *asked;
    response.status = 206;
    response.headers.add("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                              std::to_string(range.first + range.length - 1) + "/" +
                                              std::to_string(result.bytes));
  }
  response.reader = BodyReader{range.length, [file = result.file, first = range.first](
                                                 std::uint64_t offset, std::span<std::uint8_t> room) {
                                 return file->read(first + offset, room);
                               }};
  return response;
}

std::optional<Problem> VideoHandler::receipt_problem(const ClipOptions& options) const {
  if (options.receipt == Receipt::kNone || settings_.signs_receipts) return std::nullopt;
  return without_signing_key();
}

OrProblem<Response> VideoHandler::receipt(const std::string& id) const {
  const auto job = jobs_->find(id);
  if (!job) return job_gone();
  if (!job->result) return problem(ProblemCode::kJobNotReady, "there is no result yet");
  const IssuedReceipt& issued = job->result->receipt;
  if (issued.receipt.empty())
    return problem(ProblemCode::kJobNotReady,
                   "its result was made without a receipt; render it with receipt=true");
  Response response;
  response.headers.add("Content-Type", "application/jose");
  response.headers.add("Content-Disposition", "attachment; filename=\"redacted.receipt.jws\"");
  if (!issued.opening.empty()) response.headers.add("X-Receipt-Opening", issued.opening);
  response.body = Body(issued.receipt);
  return response;
}

OrProblem<Response> VideoHandler::answer(const VideoCall& call, ByteView body,
                                         const StopCondition& stop) const {
  if (call.route == Route::kVideoTracks) {
    const auto set = jobs_->set_tracks(call.job, body, stop);
    if (!set) return problem_of_refusal(set.error(), ProblemCode::kInvalidTracks);
    return job_answer(call.job, 200);
  }
  const auto options = parse_frame_options(call.query, call.frame);
  if (!options) return tl::unexpected(options.error());
  const auto picture = jobs_->frame(call.job, *options, stop);
  if (!picture) return problem_of_refusal(picture.error(), ProblemCode::kInvalidOption);
  Response response;
  response.headers.add("Content-Type", "image/jpeg");
  response.body = Body(picture->view, picture->owner);
  return response;
}

}  // namespace face_privacy
