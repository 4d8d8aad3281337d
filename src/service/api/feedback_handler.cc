#include "service/api/feedback_handler.h"

#include <boost/json.hpp>
#include <utility>

#include "service/api/answers.h"
#include "service/http/header_value.h"

namespace face_privacy {
namespace {

constexpr std::string_view kTokenHeader = "X-Erase-Token";
constexpr std::size_t kLongestToken = 64;

// Ids are 32 hex digits; nothing else is asked for in the file.
bool is_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

tl::unexpected<Problem> gone() {
  return problem(ProblemCode::kFeedbackGone, "it was erased, its time is over, or it was never here");
}

tl::unexpected<Problem> problem_of_store(const Error& error) {
  if (error.code == ErrorCode::kTooManyBytes) {
    return problem(ProblemCode::kFeedbackFull, "nothing was kept");
  }
  return problem(ProblemCode::kInternalError, "");
}

bool is_json(const Headers& headers) {
  const std::string_view header = headers.find("Content-Type").value_or("");
  return to_lower(trimmed(header.substr(0, header.find(';')))) == "application/json";
}

std::optional<Problem> fault_of_upload(const RequestHead& head) {
  if (!head.content_length && !head.chunked) {
    return Problem{ProblemCode::kLengthRequired, "the body is a report"};
  }
  if (head.content_length.value_or(0) > kMaxFeedbackBytes) {
    return report_too_large();
  }
  if (!is_json(head.headers) || head.headers.find("Content-Encoding")) {
    return Problem{ProblemCode::kUnsupportedMediaType, "send the report as application/json"};
  }
  return std::nullopt;
}

}  // namespace

Problem report_too_large() { return {ProblemCode::kTooManyBytes, "a report has 128 KiB at most"}; }

FeedbackHandler::FeedbackHandler(Settings settings)
    : settings_(std::move(settings)), rate_(std::make_unique<RateLimit>(settings_.per_minute)) {}

void FeedbackHandler::tell_of(Response& detection) const {
  if (is_there()) detection.headers.add("X-Feedback", "numbers");
}

std::variant<Response, FeedbackCall> FeedbackHandler::decide(const RequestHead& head,
                                                             const std::string& request_id,
                                                             const RoutedPath& routed, bool has_query) const {
  const auto refuse = [&](const Problem& reason) { return problem_response(reason, request_id); };
  if (has_query) return refuse({ProblemCode::kUnknownOption, "there are no options here"});
  FeedbackCall call{routed.route, head.method, request_id, std::string(routed.job), {}};
  if (routed.route == Route::kFeedback) {
    if (head.method != Method::kPost) return terms();
    if (const auto fault = fault_of_upload(head)) return refuse(*fault);
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

// What the page asks before it offers anything.
Response FeedbackHandler::terms() const {
  return json_response({{"keep_days", settings_.keep_days}, {"crops", false}});
}

OrProblem<Response> FeedbackHandler::answer(const FeedbackCall& call, ByteView body) const {
  if (call.route == Route::kFeedback) return receive(body);
  return call.method == Method::kDelete ? erase(call) : status(call.report);
}

OrProblem<Response> FeedbackHandler::receive(ByteView body) const {
  auto parsed = parse_feedback({reinterpret_cast<const char*>(body.data()), body.size()});
  if (!parsed) return problem(ProblemCode::kInvalidFeedback, parsed.error().message);
  FeedbackReport& report = parsed->report;
  if (!parsed->has_min_score) report.min_score = percent_of(settings_.default_min_score(parsed->profile));
  const auto added = settings_.store->add(report, today());
  if (!added) return problem_of_store(added.error());
  changed({FeedbackEvent::Kind::kReceived, 1, &report});
  Response response = json_response({{"id", added->id}, {"erase_token", added->erase_token}});
  response.status = 201;
  response.headers.add("Location", "/v1/feedback/" + added->id);
  return response;
}

OrProblem<Response> FeedbackHandler::status(const std::string& id) const {
  const auto found = settings_.store->find(id);
  if (!found) return problem_of_store(found.error());
  if (!*found) return gone();
  const auto& data_set = (*found)->data_set;
  return json_response(
      {{"id", id},
       {"status", data_set ? "in data set v" + std::to_string(*data_set) : std::string("received")},
       {"data_set", data_set ? boost::json::value(*data_set) : boost::json::value(nullptr)}});
}

OrProblem<Response> FeedbackHandler::erase(const FeedbackCall& call) const {
  const auto erased = settings_.store->erase(call.report, call.erase_token);
  if (!erased) return problem_of_store(erased.error());
  if (*erased == FeedbackStore::Erased::kNoSuchReport) return gone();
  if (*erased == FeedbackStore::Erased::kWrongToken) {
    return problem(ProblemCode::kWrongEraseToken, "it is not the one that came with this report");
  }
  changed({FeedbackEvent::Kind::kErased});
  Response response;
  response.status = 204;
  return response;
}

Result<void> FeedbackHandler::purge() const {
  const auto purged = settings_.store->purge(today());
  if (!purged) return fail(purged);
  changed({FeedbackEvent::Kind::kPurged, *purged});
  return {};
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
