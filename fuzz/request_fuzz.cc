// Whatever comes over a connection: each request gets an answer of a known kind, whose head nobody but
// the service has written, and an error never carries a picture.
#include <algorithm>
#include <boost/beast/http.hpp>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "service/api/request_handler.h"
#include "service/net/beast_head.h"

namespace {

using namespace face_privacy;
namespace http = boost::beast::http;

constexpr std::string_view kPicture = "a redacted picture";

void require(bool holds) {
  if (!holds) __builtin_trap();
}

// Stands for the pipeline, which has targets of its own.
Result<DetectReport> fake_detect(ByteView photo, const DetectOptions& options, const StopCondition&) {
  if (auto valid = validate(options); !valid) return fail(valid);
  if (photo.size() % 3 == 1) return fail(ErrorCode::kDamagedPhoto, "damaged");
  DetectReport report;
  report.format = Format::kPng;
  report.size = {64, 48};
  report.faces = {{Face{{1, 2, 3, 4}, 0.5F, {}}}};
  if (!options.people.empty()) report.matches = {{Verdict::kKeep, Doubt::kNone, 0, 0.7F}};
  return report;
}

Result<RedactedFile> fake_blur(ByteView photo, const PhotoOptions& options, const StopCondition& stop) {
  if (auto valid = validate(options); !valid) return fail(valid);
  auto report = fake_detect(photo, options.detection, stop);
  if (!report) return fail(report);
  RedactedFile redacted;
  redacted.file = Body(Bytes(kPicture.begin(), kPicture.end()));
  redacted.report.detection = std::move(*report);
  redacted.report.output_format = Format::kPng;
  redacted.report.kept = {false};
  return redacted;
}

Result<std::vector<ReferenceLook>> fake_looks(std::span<const ByteView> photos, const StopCondition&) {
  std::vector<ReferenceLook> looks;
  for (const ByteView photo : photos) {
    if (photo.empty()) {
      looks.push_back({{}, ReferenceFault::kUnreadable});
    } else {
      looks.push_back({Embedding{1, 0, 0}, {}});
    }
  }
  return looks;
}

Result<DetectedFaces> fake_detected(ByteView photo, const DetectOptions& options, const StopCondition& stop) {
  auto report = fake_detect(photo, options, stop);
  if (!report) return fail(report);
  return DetectedFaces{std::move(*report), {}};
}

// Everybody alone, and pictures without bytes not compared.
Result<GroupedPictures> fake_group(std::span<const FacePicture> pictures, const SaidPairs& said,
                                   const StopCondition&) {
  const auto is_face = [&](int face) {
    return face >= 0 && static_cast<std::size_t>(face) < pictures.size();
  };
  for (const auto* pairs : {&said.same, &said.different}) {
    for (const FacePair& pair : *pairs) require(is_face(pair.one) && is_face(pair.other));
  }
  GroupedPictures grouped;
  for (std::size_t i = 0; i < pictures.size(); ++i) {
    grouped.doubts.push_back(pictures[i].file.empty() ? Doubt::kFailed : Doubt::kNone);
    if (!pictures[i].file.empty()) grouped.grouping.groups.push_back({static_cast<int>(i)});
  }
  if (grouped.grouping.groups.size() > 1) grouped.grouping.alike.push_back({0, 1, 0.5F});
  return grouped;
}

const RequestHandler& handler() {
  static ServiceStatus status;
  static const RequestHandler instance = [] {
    status.ready = true;
    HandlerSettings settings;
    settings.pipeline.redact = fake_blur;
    settings.pipeline.detect = fake_detected;
    settings.pipeline.look_at_references = fake_looks;
    settings.pipeline.group = fake_group;
    settings.pipeline.compares_people = true;
    settings.pipeline.default_min_score = [](Profile) { return 0.3F; };
    settings.max_body_bytes = 1 << 20;
    settings.cors_origins = {"https://good.example"};
    settings.version = std::string("1");
    settings.metrics_text = [] { return std::string("metrics"); };
    settings.stuck = [] { return false; };
    settings.status = &status;
    return RequestHandler(std::move(settings));
  }();
  return instance;
}

// One line for each header and nothing that ends one early.
void check_head(const Response& response) {
  for (const auto& field : response.headers) {
    require(!field.name.empty());
    for (const std::string_view text : {std::string_view(field.name), std::string_view(field.value)}) {
      require(
          std::none_of(text.begin(), text.end(), [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; }));
    }
  }
  for (const char* name :
       {"X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"}) {
    require(response.headers.count(name) == 1);
  }
  const std::string head = serialize_head(response, {true, "now"});
  require(head.find("\r\n\r\n") == head.size() - 4);
}

void check(const RequestContext& context, Response response) {
  handler().finish(context, response);
  check_head(response);
  require(!context.id.empty() && context.id.size() <= 64);
  const auto allowed = response.headers.find("Access-Control-Allow-Origin");
  require(!allowed || *allowed == "https://good.example");
  const bool error = response.status >= 400;
  require(error == !response.problem_code.empty());
  if (error) {
    require(response.headers.find("Content-Type") == "application/problem+json");
    require(response.body.text().find(kPicture) == std::string_view::npos);
    require(response.status != 500);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  http::request_parser<http::string_body> parser;
  parser.header_limit(kMaxHeaderBytes);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser.put(boost::asio::buffer(data, size), error);
  if (!parser.is_header_done()) return 0;

  RequestHead head = head_of(parser);

  RequestContext context = handler().begin(std::move(head));
  auto decision = handler().decide(context);
  if (auto* response = std::get_if<Response>(&decision)) {
    check(context, std::move(*response));
    return 0;
  }
  require(takes_photo(context.route) && context.head.method == Method::kPost);
  // The rest of the input is the body, however long it was announced.
  const ByteView body{data + used, size - used};
  PhotoAnswer answer = handler().answer(std::get<PhotoCall>(decision), body, Seconds(0), {});
  require(answer.fault.empty());
  const bool of_a_photo = context.route != Route::kReferences && context.route != Route::kGroups;
  require(answer.facts.has_value() == (of_a_photo && answer.response.status == 200));
  check(context, std::move(answer.response));
  return 0;
}
