#include "service/api/feedback_handler.h"

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <utility>

#include "service/api/answers.h"
#include "service/api/feedback_crop.h"
#include "service/http/header_value.h"

namespace face_privacy {
namespace {

constexpr std::string_view kTokenHeader = "X-Erase-Token";
constexpr std::size_t kLongestToken = 64;
constexpr std::chrono::seconds kLongestTurn{30};

// Ids are 32 hex digits; nothing else is asked for in the file.
bool is_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

tl::unexpected<Problem> gone() {
  return problem(ProblemCode::kFeedbackGone, "it was erased, its time is over, or it was never here");
}

std::string media_type(const Headers& headers) {
  const std::string_view header = headers.find("Content-Type").value_or("");
  return to_lower(trimmed(header.substr(0, header.find(';'))));
}

// Room for the crops of a report, and for what a form says around them.
constexpr std::size_t kMaxFormBytes = kMaxFeedbackBytes + kMaxCrops * kMaxCropBytes + (std::size_t{16} << 10);

std::string name_of_crop(std::size_t number) { return "crop[" + std::to_string(number) + "]"; }

const MultipartPart* part_named(std::span<const MultipartPart> parts, std::string_view name) {
  const auto found =
      std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

Rect whole_pixels(const BoxF& box) {
  const auto side = [](float value) {
    return std::clamp(static_cast<int>(std::lround(value)), -kMaxCropSide, 2 * kMaxCropSide);
  };
  return {side(box.x), side(box.y), std::max(1, side(box.width)), std::max(1, side(box.height))};
}

tl::unexpected<Problem> invalid(std::string why) {
  return problem(ProblemCode::kInvalidFeedback, std::move(why));
}

}  // namespace

FeedbackHandler::FeedbackHandler(Settings settings)
    : settings_(std::move(settings)), rate_(std::make_unique<RateLimit>(settings_.per_minute)) {}

void FeedbackHandler::tell_of(Response& detection) const {
  if (is_there()) detection.headers.add("X-Feedback", settings_.seal ? "numbers, crops" : "numbers");
}

std::variant<Response, FeedbackCall> FeedbackHandler::decide(const RequestHead& head,
                                                             const std::string& request_id,
                                                             const RoutedPath& routed, bool has_query) const {
  const auto refuse = [&](const Problem& reason) { return problem_response(reason, request_id); };
  if (has_query) return refuse({ProblemCode::kUnknownOption, "there are no options here"});
  FeedbackCall call{routed.route, head.method, request_id, std::string(routed.job), {}, {}};
  if (routed.route == Route::kFeedback) {
    if (head.method != Method::kPost) return terms();
    if (const auto fault = take_upload(head, call)) return refuse(*fault);
    if (!rate_->admit(RateLimit::Clock::now())) {
      settings_.on_event({FeedbackEvent::Kind::kRefused});
      return refuse({ProblemCode::kTooMuchFeedback, "try again after the time in Retry-After"});
    }
    return call;
  }
  if (!is_id(call.report)) return refuse(gone().value());
  if (head.method == Method::kDelete) {
    call.erase_token = head.headers.find(kTokenHeader).value_or("");
    if (call.erase_token.empty() || call.erase_token.size() > kLongestToken) {
      return refuse({ProblemCode::kWrongEraseToken, "it is needed in the header X-Erase-Token"});
    }
  }
  return call;
}

std::optional<Problem> FeedbackHandler::take_upload(const RequestHead& head, FeedbackCall& call) const {
  if (!head.content_length && !head.chunked)
    return Problem{ProblemCode::kLengthRequired, "the body is a report"};
  const std::string type = media_type(head.headers);
  if (settings_.seal && type == "multipart/form-data") {
    call.boundary = multipart_boundary(*head.headers.find("Content-Type"));
    if (!call.boundary) return Problem{ProblemCode::kInvalidMultipart, "Content-Type has no valid boundary"};
    call.max_body_bytes = kMaxFormBytes;
  } else if (type != "application/json") {
    return Problem{ProblemCode::kUnsupportedMediaType, "send the report as application/json"};
  }
  if (head.headers.find("Content-Encoding")) {
    return Problem{ProblemCode::kUnsupportedMediaType, "the body must not have a Content-Encoding"};
  }
  if (head.content_length.value_or(0) <= call.max_body_bytes) return std::nullopt;
  return Problem{ProblemCode::kTooManyBytes, "a report has 128 KiB at most"};
}

// What the page asks before it offers anything.
Response FeedbackHandler::terms() const {
  boost::json::object terms{{"keep_days", settings_.keep_days}, {"crops", settings_.seal.has_value()}};
  if (settings_.seal) terms["keep_crop_days"] = settings_.keep_crop_days;
  return json_response(terms);
}

OrProblem<Response> FeedbackHandler::answer(const FeedbackCall& call, ByteView body,
                                            const StopCondition& stop) const {
  if (call.route == Route::kFeedback) return receive(call, body, stop);
  return call.method == Method::kDelete ? erase(call, stop) : status(call.report, stop);
}

OrProblem<Response> FeedbackHandler::receive(const FeedbackCall& call, ByteView body,
                                             const StopCondition& stop) const {
  if (!call.boundary) return keep({reinterpret_cast<const char*>(body.data()), body.size()}, {}, stop);
  const auto parts = parse_multipart(body, *call.boundary);
  if (!parts) return problem(ProblemCode::kInvalidMultipart, parts.error().message);
  const MultipartPart* report = part_named(*parts, "report");
  if (report == nullptr) return invalid("the form has no part `report`");
  return keep({reinterpret_cast<const char*>(report->content.data()), report->content.size()}, *parts, stop);
}

OrProblem<Response> FeedbackHandler::keep(std::string_view text, std::span<const MultipartPart> parts,
                                          const StopCondition& stop) const {
  auto parsed = parse_feedback(text);
  if (!parsed) return invalid(parsed.error().message);
  FeedbackReport& report = parsed->report;
  if (!parsed->has_min_score) report.min_score = percent_of(settings_.default_min_score(parsed->profile));
  const auto crops = seal_crops(*parsed, parts, stop);
  if (!crops) return tl::unexpected(crops.error());
  const auto added = settings_.store->add(report, today(), *crops, stop);
  if (!added) return failed(added.error(), stop);
  changed({FeedbackEvent::Kind::kReceived, 1, &report});
  Response response = json_response({{"id", added->id}, {"erase_token", added->erase_token}});
  response.status = 201;
  response.headers.add("Location", "/v1/feedback/" + added->id);
  return response;
}

// Each crop belongs to a box that says where it lies in it; nothing else may come along.
OrProblem<std::vector<SealedCrop>> FeedbackHandler::seal_crops(const ParsedFeedback& parsed,
                                                               std::span<const MultipartPart> parts,
                                                               const StopCondition& stop) const {
  std::vector<SealedCrop> crops;
  std::unique_lock<std::timed_mutex> turn(*crops_, std::defer_lock);
  const auto latest = stop.deadline().value_or(StopCondition::Clock::now() + kLongestTurn);
  if (!parts.empty() && !turn.try_lock_until(latest)) return problem(ProblemCode::kDeadlineExceeded, "");
  for (std::size_t number = 0; number < parsed.in_crops.size(); ++number) {
    const auto& box = parsed.in_crops[number];
    if (!box) continue;
    const MultipartPart* part = part_named(parts, name_of_crop(number));
    if (part == nullptr) return invalid("a box names a crop that is not in the form");
    if (crops.size() == kMaxCrops) return invalid("there are more than 8 crops");
    const auto redacted = redact_crop(settings_.pipeline, part->content, *box, stop);
    if (!redacted) return tl::unexpected(redacted.error());
    crops.push_back({number, whole_pixels(*box), settings_.seal->seal(*redacted)});
  }
  if (!parts.empty() && parts.size() != crops.size() + 1)
    return invalid("the form has a part that no box names");
  return crops;
}

OrProblem<Response> FeedbackHandler::status(const std::string& id, const StopCondition& stop) const {
  const auto found = settings_.store->find(id, stop);
  if (!found) return failed(found.error(), stop);
  if (!*found) return gone();
  const auto& data_set = (*found)->data_set;
  return json_response(
      {{"id", id},
       {"status", data_set ? "in data set v" + std::to_string(*data_set) : std::string("received")},
       {"data_set", data_set ? boost::json::value(*data_set) : boost::json::value(nullptr)}});
}

OrProblem<Response> FeedbackHandler::erase(const FeedbackCall& call, const StopCondition& stop) const {
  const auto erased = settings_.store->erase(call.report, call.erase_token, stop);
  if (!erased) return failed(erased.error(), stop);
  if (*erased == FeedbackStore::Erased::kNoSuchReport) return gone();
  if (*erased == FeedbackStore::Erased::kWrongToken) {
    return problem(ProblemCode::kWrongEraseToken, "it is not the one that came with this report");
  }
  changed({FeedbackEvent::Kind::kErased});
  Response response;
  response.status = 204;
  return response;
}

void FeedbackHandler::purge(const StopCondition& stop) const {
  const auto purged = settings_.store->purge(today(), stop);
  if (!purged) return (void)failed(purged.error(), stop);
  changed({FeedbackEvent::Kind::kPurged, *purged});
}

// A client that went away, or the end of the service, is no fault of the store.
tl::unexpected<Problem> FeedbackHandler::failed(const Error& error, const StopCondition& stop) const {
  if (error.code == ErrorCode::kTooManyBytes) {
    return problem(ProblemCode::kFeedbackFull, "nothing was kept");
  }
  if (!stop.stop_token().stop_requested())
    settings_.on_event({FeedbackEvent::Kind::kFailed, 1, nullptr, error.message});
  return problem(ProblemCode::kFeedbackUnavailable, "try again after the time in Retry-After");
}

void FeedbackHandler::changed(const FeedbackEvent& event) const {
  if (const auto load = settings_.store->load()) {
    reports_ = load->reports;
    bytes_ = load->bytes;
  }
  settings_.on_event(event);
}

FeedbackStore::Load FeedbackHandler::load() const { return {reports_, bytes_}; }

}  // namespace face_privacy
