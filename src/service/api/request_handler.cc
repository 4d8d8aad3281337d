#include "service/api/request_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <exception>
#include <utility>

#include "base/freed_memory.h"
#include "service/api/answers.h"
#include "service/api/embedded.h"
#include "service/api/hold_request.h"
#include "service/http/form.h"
#include "service/http/header_value.h"
#include "service/http/multipart.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxTarget = std::size_t{8} * 1024;  // RFC 9110 recommends at least 8,000 octets
constexpr std::string_view kShare = "/share";
constexpr std::string_view kApiPolicy = "default-src 'none'; frame-ancestors 'none'";

Response redirect(std::string location, int status = 302) {
  Response response;
  response.status = status;
  response.headers.add("Location", std::move(location));
  return response;
}

// A phone's sheet posts files to where the page's service worker takes them. Where the browser has no worker
// any more they come here, where nobody reads them: the page says that they got lost. Another site is told
// nothing.
Response shared_too_early(const Headers& headers) {
  const bool foreign = headers.find("Sec-Fetch-Site") == "cross-site";
  return redirect(foreign ? "./" : "./?shared", 303);
}

std::string openapi_with_version(const std::string& version) {
  const ByteView text = embedded_openapi();
  json::value document = json::parse({reinterpret_cast<const char*>(text.data()), text.size()});
  document.as_object()["info"].as_object()["version"] = version;
  return to_text(document);
}

// Where a body's end cannot be known, nobody can say where the next request begins (RFC 9112, 6.3).
std::optional<Problem> framing_fault_of(const RequestHead& head) {
  const auto coding = head.headers.find("Transfer-Encoding");
  if (!coding) return std::nullopt;
  if (head.http_1_0) return Problem{ProblemCode::kInvalidRequest, "HTTP/1.0 has no transfer codings"};
  const bool chunked = head.headers.count("Transfer-Encoding") == 1 &&
                       equal_ignoring_case(trimmed(*coding), "chunked") && head.chunked;
  if (!chunked) {
    return Problem{ProblemCode::kInvalidRequest, "chunked is the only transfer coding that is read here"};
  }
  if (head.headers.count("Content-Length") > 0) {
    return Problem{ProblemCode::kInvalidRequest, "a chunked body has no Content-Length"};
  }
  return std::nullopt;
}

// A name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port (RFC 9110, 7.2).
bool is_host(std::string_view host) {
  const auto all_of = [](std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      return plain || others.find(c) != std::string_view::npos;
    });
  };
  std::string_view port;
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return false;
  if (const std::size_t colon = host.find(':', bracket); colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  const bool digits = std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || port.size() > 5) return false;
  if (bracket == 0) return all_of(host, "-._~!$&'()*+,;=%");
  return host.size() == bracket + 1 && bracket > 1 && all_of(host.substr(1, bracket - 1), ":.");
}

// Of these a second one would leave it open which is meant.
constexpr std::array<std::string_view, 4> kGivenOnce{"Content-Type", "Content-Encoding", "Expect",
                                                     "Content-Length"};

// What can be said against any request before its path is looked at.
std::optional<Problem> fault_of(const RequestHead& head) {
  if (head.target.size() > kMaxTarget) return Problem{ProblemCode::kTargetTooLong, "8 KiB are allowed"};
  const std::size_t hosts = head.headers.count("Host");
  if (hosts > 1 || (hosts == 0 && !head.http_1_0)) {
    return Problem{ProblemCode::kInvalidRequest, "a request has one Host header"};
  }
  if (hosts == 1 && !is_host(trimmed(*head.headers.find("Host")))) {
    return Problem{ProblemCode::kInvalidRequest, "the Host header is not a host and a port"};
  }
  for (const std::string_view name : kGivenOnce) {
    if (head.headers.count(name) <= 1) continue;
    return Problem{ProblemCode::kInvalidRequest, std::string(name) + " is there more than once"};
  }
  const auto expectation = head.headers.find("Expect");
  if (expectation && !equal_ignoring_case(*expectation, "100-continue")) {
    return Problem{ProblemCode::kExpectationFailed, ""};
  }
  return std::nullopt;
}

// What a body must be announced as: raw bytes of some picture, or a form. curl --data-binary says
// "x-www-form-urlencoded" of whatever it sends; what counts in the end is what the bytes are.
OrProblem<std::optional<std::string>> boundary_of_photo_body(const Headers& headers) {
  const auto encoding = headers.find("Content-Encoding");
  if (encoding && !equal_ignoring_case(trimmed(*encoding), "identity")) {
    return problem(ProblemCode::kUnsupportedMediaType, "the body must not have a Content-Encoding");
  }
  const auto header = headers.find("Content-Type");
  if (!header) return std::optional<std::string>();
  const std::string type = to_lower(trimmed(header->substr(0, header->find(';'))));
  if (type == "multipart/form-data") {
    auto boundary = multipart_boundary(*header);
    if (!boundary) return problem(ProblemCode::kInvalidMultipart, "Content-Type has no valid boundary");
    return boundary;
  }
  const bool raw = type.empty() || type.starts_with("image/") || type == "application/octet-stream" ||
                   type == "application/x-www-form-urlencoded";
  if (!raw) {
    return problem(
        ProblemCode::kUnsupportedMediaType,
        "send the photo as image/jpeg or its like, application/octet-stream, or multipart/form-data");
  }
  return std::optional<std::string>();
}

}  // namespace

RequestHandler::RequestHandler(HandlerSettings settings)
    : settings_(std::move(settings)),
      tokens_(std::make_shared<const ReferenceTokens>()),
      held_(std::make_shared<HeldPhotos>(settings_.hold)),
      photos_({settings_.pipeline, settings_.detection, settings_.noise_key, settings_.receipts,
               settings_.version, held_},
              tokens_),
      videos_(settings_.videos, {settings_.detection, settings_.max_clip_bytes, settings_.max_body_bytes,
                                 settings_.pipeline, tokens_, settings_.receipts.signing.has_value()}),
      feedback_(settings_.feedback),
      openapi_(std::make_shared<const std::string>(openapi_with_version(settings_.version))) {}

RequestContext RequestHandler::begin(RequestHead head) const {
  RequestContext context;
  context.id = request_id_from(head.headers.find("X-Request-Id").value_or(""));
  context.trace = parse_traceparent(head.headers.find("traceparent").value_or(""));
  context.head = std::move(head);
  return context;
}

RequestHandler::Decision RequestHandler::decide(RequestContext& context) const {
  const auto answer_with = [&](const Problem& reason) { return problem_response(reason, context.id); };
  const RequestHead& head = context.head;
  if (const auto fault = framing_fault_of(head)) {
    Response response = answer_with(*fault);
    response.close = true;
    return response;
  }
  if (const auto fault = fault_of(head)) return answer_with(*fault);
  auto target = parse_target(head.target);
  if (!target) {
    return answer_with(
        {ProblemCode::kInvalidRequest, "the request target is not valid; is it percent-encoded?"});
  }
  if (target->path == "*" && head.method == Method::kOptions) {
    Response response;
    response.status = 204;
    return response;
  }
  const RoutedPath routed = route_of(target->path);
  context.route = routed.route;
  if (target->path == kShare && head.method == Method::kPost && !settings_.page.empty()) {
    return shared_too_early(head.headers);
  }
  std::optional<Response> file = static_answer(context, routed);
  if (!exists(context, file)) {
    context.route = Route::kOther;
    return answer_with({ProblemCode::kNotFound, ""});
  }
  if (!serves(context.route, head.method)) {
    Response response = answer_with({ProblemCode::kMethodNotAllowed, ""});
    response.headers.add("Allow", std::string(allowed_methods(context.route)));
    return response;
  }
  if (head.method == Method::kOptions) {
    Response response;
    response.status = 204;
    response.headers.add("Allow", std::string(allowed_methods(context.route)));
    return response;
  }
  if (takes_photo(context.route)) return photo_call(context, std::move(target->query));
  if (is_about_video(context.route)) return video_call(context, routed, std::move(target->query));
  if (is_about_feedback(context.route)) return feedback_call(context, routed, !target->query.empty());
  if (context.route == Route::kPhoto) return forget_photo(context, routed.job, !target->query.empty());
  return file ? std::move(*file) : plain_answer(context);
}

std::optional<Response> RequestHandler::static_answer(const RequestContext& context,
                                                      const RoutedPath& routed) const {
  const StaticFiles::Terms terms{context.head.headers.find("If-None-Match"),
                                 context.head.headers.find("Accept-Encoding")};
  if (routed.route == Route::kDocs) {
    // The page names its files as they are seen from /docs.
    if (routed.file == "index.html" && !settings_.docs.empty()) return redirect("../docs");
    return settings_.docs.find(routed.file, terms);
  }
  if (routed.route != Route::kPage) return std::nullopt;
  if (routed.file.empty() && settings_.page.empty()) {
    return redirect(context.head.target.starts_with("/api") ? "/api/docs" : "/docs");
  }
  return settings_.page.find(routed.file, terms);
}

bool RequestHandler::exists(const RequestContext& context, const std::optional<Response>& file) const {
  switch (context.route) {
    case Route::kOther: return false;
    case Route::kPage:
    case Route::kDocs: return file.has_value() && !context.head.on_metrics_listener;
    case Route::kMetrics: return settings_.metrics_with_api || context.head.on_metrics_listener;
    case Route::kLivez:
    case Route::kHealthz:
    case Route::kReadyz: return true;
    case Route::kBlur:
    case Route::kDetect:
    case Route::kDetectFaces:
    case Route::kReferences:
    case Route::kGroups:
    case Route::kPanoramax:
    case Route::kVerify:
    case Route::kReceiptKeys:
    case Route::kOpenapi: return !context.head.on_metrics_listener;
    case Route::kPhoto: return !context.head.on_metrics_listener && held_->is_on();
    case Route::kFeedback:
    case Route::kFeedbackReport: return !context.head.on_metrics_listener && feedback_.is_there();
    case Route::kVideos:
    case Route::kVideo:
    case Route::kVideoTracks:
    case Route::kVideoFrame:
    case Route::kVideoRender:
    case Route::kVideoResult:
    case Route::kVideoReceipt: return !context.head.on_metrics_listener && videos_.is_there();
  }
  return false;
}

Response RequestHandler::plain_answer(const RequestContext& context) const {
  if (context.route == Route::kMetrics) {
    Response response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = Body(settings_.metrics_text());
    return response;
  }
  if (context.route == Route::kReceiptKeys) {
    Response response;
    response.headers.add("Content-Type", "application/jwk-set+json");
    response.headers.add("Cache-Control", "max-age=300");
    response.body = Body(key_set(settings_.receipts.published));
    return response;
  }
  if (context.route == Route::kOpenapi) {
    Response response;
    response.headers.add("Content-Type", "application/json");
    response.headers.add("Cache-Control", "no-cache");
    response.body = Body(openapi_);
    return response;
  }
  return health(context);
}

Response RequestHandler::health(const RequestContext& context) const {
  const auto unhealthy = [&](ProblemCode code) { return problem_response({code, ""}, context.id); };
  if (settings_.stuck()) return unhealthy(ProblemCode::kStuck);
  if (context.route == Route::kReadyz) {
    if (settings_.status->draining) return unhealthy(ProblemCode::kDraining);
    if (!settings_.status->ready) return unhealthy(ProblemCode::kStarting);
  }
  return json_response({{"status", context.route == Route::kReadyz ? "ready" : "alive"}});
}

std::optional<Response> RequestHandler::refusal_without_key(RequestContext& context) const {
  if (!settings_.keys.needed()) return std::nullopt;
  const auto holder = settings_.keys.holder(context.head.headers);
  if (!holder) {
    return problem_response(
        {ProblemCode::kUnauthorized, "send it as Authorization: Bearer KEY, or as X-API-Key"}, context.id);
  }
  context.key_name = *holder;
  return std::nullopt;
}

std::optional<Response> RequestHandler::refusal_when_not_ready(const RequestContext& context) const {
  const bool draining = settings_.status->draining;
  if (!draining && settings_.status->ready) return std::nullopt;
  Response response =
      problem_response({draining ? ProblemCode::kDraining : ProblemCode::kStarting, ""}, context.id);
  response.headers.add("Retry-After", "1");
  return response;
}

// What a job has come to can be asked for as long as there is somebody to answer.
RequestHandler::Decision RequestHandler::video_call(RequestContext& context, const RoutedPath& routed,
                                                    std::vector<OptionField> query) const {
  if (auto refusal = refusal_without_key(context)) return std::move(*refusal);
  const bool brings_work = routed.route == Route::kVideos || routed.route == Route::kVideoRender;
  if (brings_work) {
    if (auto refusal = refusal_when_not_ready(context)) return std::move(*refusal);
  }
  auto decision = videos_.decide(context.head, context.id, routed, std::move(query));
  if (auto* call = std::get_if<VideoCall>(&decision)) {
    call->key_name = context.key_name;
    return std::move(*call);
  }
  return std::move(std::get<Response>(decision));
}

RequestHandler::Decision RequestHandler::feedback_call(RequestContext& context, const RoutedPath& routed,
                                                       bool has_query) const {
  if (auto refusal = refusal_without_key(context)) return std::move(*refusal);
  auto decision = feedback_.decide(context.head, context.id, routed, has_query);
  if (auto* call = std::get_if<FeedbackCall>(&decision)) return std::move(*call);
  return std::move(std::get<Response>(decision));
}

// Asked for by whoever is done with it; works while there is somebody to answer.
Response RequestHandler::forget_photo(RequestContext& context, std::string_view token, bool has_query) const {
  if (auto refusal = refusal_without_key(context)) return std::move(*refusal);
  if (has_query) {
    return problem_response({ProblemCode::kUnknownOption, "there are no options here"}, context.id);
  }
  if (!held_->release(token, context.key_name, HeldPhotos::Clock::now())) {
    return problem_response({ProblemCode::kPhotoGone, ""}, context.id);
  }
  Response response;
  response.status = 204;
  return response;
}

RequestHandler::Decision RequestHandler::photo_call(RequestContext& context,
                                                    std::vector<OptionField> query) const {
  const auto answer_with = [&](const Problem& reason) { return problem_response(reason, context.id); };
  const RequestHead& head = context.head;
  if (auto refusal = refusal_without_key(context)) return std::move(*refusal);
  if (auto refusal = refusal_when_not_ready(context)) return std::move(*refusal);
  if (!head.content_length && !head.chunked && !names_held_photo(query)) {
    Response response =
        answer_with({ProblemCode::kLengthRequired, "the body is the photo, or a form with it"});
    return response;
  }
  if (head.content_length.value_or(0) > settings_.max_body_bytes) {
    return answer_with(body_too_large());
  }
  auto boundary = boundary_of_photo_body(head.headers);
  if (!boundary) return answer_with(boundary.error());
  if (const auto wrong = photos_.option_problem(context.route, query)) return answer_with(*wrong);
  return PhotoCall{context.route,        context.id,
                   context.key_name,     std::move(query),
                   std::move(*boundary), std::string(head.headers.find("Accept").value_or(""))};
}

Problem RequestHandler::body_too_large() const {
  return {ProblemCode::kTooManyBytes,
          "at most " + std::to_string(settings_.max_body_bytes) + " bytes are allowed"};
}

PhotoAnswer RequestHandler::answer(const PhotoCall& call, ByteView body, Seconds queue_time,
                                   const StopCondition& stop) const {
  PhotoAnswer result;
  try {
    auto outcome = photos_.answer(call, body, queue_time, stop);
    wipe_left_stack();
    if (outcome) {
      // A form tells what was found as well.
      const bool detects =
          call.route == Route::kDetect || (call.route == Route::kBlur && accepts_form(call.accept));
      if (detects) feedback_.tell_of(outcome->response);
      return std::move(*outcome);
    }
    result.response = problem_response(outcome.error(), call.request_id);
  } catch (const std::exception& error) {
    result.response = problem_response({ProblemCode::kInternalError, ""}, call.request_id);
    result.fault = error.what();
  }
  return result;
}

PhotoAnswer RequestHandler::answer(const VideoCall& call, ByteView body,
                                   std::optional<VideoJobs::Upload>&& upload,
                                   const StopCondition& stop) const {
  PhotoAnswer result;
  try {
    auto outcome = upload ? videos_.add(call, std::move(*upload), stop) : videos_.answer(call, body, stop);
    result.response = outcome ? std::move(*outcome) : problem_response(outcome.error(), call.request_id);
  } catch (const std::exception& error) {
    result.response = problem_response({ProblemCode::kInternalError, ""}, call.request_id);
    result.fault = error.what();
  }
  return result;
}

PhotoAnswer RequestHandler::answer(const FeedbackCall& call, ByteView body, const StopCondition& stop) const {
  PhotoAnswer result;
  try {
    auto outcome = feedback_.answer(call, body, stop);
    result.response = outcome ? std::move(*outcome) : problem_response(outcome.error(), call.request_id);
  } catch (const std::exception& error) {
    result.response = problem_response({ProblemCode::kInternalError, ""}, call.request_id);
    result.fault = error.what();
  }
  return result;
}

void RequestHandler::finish(const RequestContext& context, Response& response) const {
  Headers& headers = response.headers;
  headers.add("X-Request-Id", context.id);
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("Referrer-Policy", "no-referrer");
  headers.add("X-Frame-Options", "DENY");
  if (!headers.find("Content-Security-Policy"))
    headers.add("Content-Security-Policy", std::string(kApiPolicy));
  if (!headers.find("Cache-Control")) headers.add("Cache-Control", "no-store");
  if (settings_.tls) headers.add("Strict-Transport-Security", "max-age=31536000");
  add_cors(context, response);
}

void RequestHandler::add_cors(const RequestContext& context, Response& response) const {
  Headers& headers = response.headers;
  const auto& allowed = settings_.cors_origins;
  const bool everybody = std::find(allowed.begin(), allowed.end(), "*") != allowed.end();
  if (!allowed.empty() && !everybody) headers.add("Vary", "Origin");
  const auto origin = context.head.headers.find("Origin");
  const bool welcome =
      origin && (everybody || std::find(allowed.begin(), allowed.end(), *origin) != allowed.end());
  headers.add("Cross-Origin-Resource-Policy", welcome ? "cross-origin" : "same-origin");
  if (!welcome) return;
  headers.add("Access-Control-Allow-Origin", everybody ? "*" : std::string(*origin));
  headers.add("Access-Control-Expose-Headers",
              "Accept-Ranges, Content-Range, ETag, Location, Retry-After, Server-Timing, X-Asked-Count, "
              "X-Face-Count, X-Feedback, X-Kept-Count, X-Min-Score, X-Photo-Token, X-Receipt, "
              "X-Receipt-Opening, X-Receipts, X-Removed-Metadata, X-Request-Id");
  if (response.status == 204 && context.head.headers.find("Access-Control-Request-Method")) {
    headers.add("Access-Control-Allow-Methods", std::string(allowed_methods(context.route)));
    headers.add(
        "Access-Control-Allow-Headers",
        "Authorization, Content-Type, If-Range, Range, X-API-Key, X-Erase-Token, X-Request-Id, traceparent");
    headers.add("Access-Control-Max-Age", "600");
  }
}

}  // namespace face_privacy
