#include "service/api/photo_handler.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/freed_memory.h"
#include "report/report_json.h"
#include "service/api/answers.h"
#include "service/api/hold_request.h"
#include "service/api/legacy_json.h"
#include "service/api/panoramax.h"
#include "service/api/photo_options.h"
#include "service/api/request_body.h"
#include "service/http/form.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

bool takes_people(Route route) { return route == Route::kBlur || route == Route::kDetect; }

std::optional<Problem> photo_option_problem(Route route, std::span<const OptionField> fields,
                                            const DetectOptions& defaults) {
  if (route == Route::kBlur) {
    auto options = parse_photo_options(fields, defaults);
    return options ? std::nullopt : std::optional(std::move(options.error()));
  }
  auto options = parse_detect_options(fields, defaults);
  return options ? std::nullopt : std::optional(std::move(options.error()));
}

// `keep` asks for what was blurred to be kept as well, which never happens here; the protocol allows that.
std::optional<Problem> panoramax_problem(std::span<const OptionField> fields) {
  const bool known =
      std::all_of(fields.begin(), fields.end(), [](const auto& field) { return field.name == "keep"; });
  if (known) return std::nullopt;
  return Problem{ProblemCode::kUnknownOption, "there are no options here; /v1/blur has them"};
}

// Beside the photo there is the receipt, once.
std::optional<Problem> receipt_problem(std::span<const OptionField> fields) {
  for (const OptionField& field : fields) {
    if (field.name != "receipt") return Problem{ProblemCode::kUnknownOption, "there is only receipt here"};
  }
  if (fields.size() <= 1) return std::nullopt;
  return Problem{ProblemCode::kDuplicateOption, "receipt: given more than once"};
}

std::string server_timing(Seconds queue, const Timings& timings) {
  char text[160];
  const int length = std::snprintf(
      text, sizeof text, "queue;dur=%.2f, decode;dur=%.2f, detect;dur=%.2f, redact;dur=%.2f, encode;dur=%.2f",
      queue.count() * 1000, timings.decode.count(), timings.detect.count(), timings.redact.count(),
      timings.encode.count());
  return {text, static_cast<std::size_t>(length)};
}

void add_photo_headers(Response& response, const DetectReport& report, const RedactTimings& redaction,
                       Seconds queue) {
  response.headers.add("X-Face-Count", std::to_string(report.face_count()));
  response.headers.add("Server-Timing", server_timing(queue, {report.timings, redaction}));
}

// What was done, and the picture.
void set_form(const Body& report, const Body& picture, Format format, Response& response) {
  Form form = write_form(std::array{FormPart{"report", "", "application/json", report.view()},
                                    FormPart{"image", "image", media_type_of(format), picture.view()}});
  response.headers.add("Content-Type", form.content_type);
  response.body = Body(std::move(form.body));
}

int count_of(Verdict verdict, const std::vector<FaceMatch>& matches) {
  return static_cast<int>(std::count_if(matches.begin(), matches.end(),
                                        [&](const FaceMatch& match) { return match.verdict == verdict; }));
}

// The score from which on a face counted: a client that asks for fewer afterwards need not ask the service.
void add_min_score(Response& response, float min_score) {
  std::array<char, 16> score{};
  std::snprintf(score.data(), score.size(), "%.4g", static_cast<double>(min_score));
  response.headers.add("X-Min-Score", score.data());
}

// So that a page may offer it.
void tell_of_receipts(Response& response, const ReceiptKeys& keys) {
  if (keys.signing) response.headers.add("X-Receipts", "true");
}

void add_people_headers(Response& response, const DetectReport& report) {
  std::array<char, 32> match{};
  std::snprintf(match.data(), match.size(), "match;dur=%.2f", report.timings.match.count());
  response.headers.add("Server-Timing", match.data());
  response.headers.add("X-Kept-Count", std::to_string(count_of(Verdict::kKeep, report.matches)));
  response.headers.add("X-Asked-Count", std::to_string(count_of(Verdict::kAsk, report.matches)));
}

PhotoFacts facts_of(const DetectReport& report, ByteView photo, Seconds queue) {
  PhotoFacts facts;
  facts.format = report.format;
  facts.size_bytes = photo.size();
  facts.size_pixels = static_cast<std::uint64_t>(report.size.width) *
                      static_cast<std::uint64_t>(report.size.height) * report.faces.size();
  for (const auto& frame : report.faces) {
    for (const Face& face : frame) facts.scores.push_back(face.score);
  }
  facts.people_looked_for = !report.matches.empty();
  facts.people_kept = count_of(Verdict::kKeep, report.matches);
  facts.people_asked = count_of(Verdict::kAsk, report.matches);
  facts.timings = {report.timings, {}};
  facts.queue = queue;
  return facts;
}

}  // namespace

std::optional<Problem> PhotoHandler::option_problem(Route route, std::vector<OptionField> fields) const {
  if (route == Route::kVerify) return receipt_problem(fields);
  if (route == Route::kPanoramax) return panoramax_problem(fields);
  if (route == Route::kGroups) {
    auto said = said_pairs(fields, {});
    return said ? std::nullopt : std::optional(std::move(said.error()));
  }
  if (route == Route::kReferences) {
    if (fields.empty()) return std::nullopt;
    return Problem{ProblemCode::kUnknownOption, "there are no options here"};
  }
  if (!takes_people(route)) return photo_option_problem(route, fields, settings_.detection);
  if (auto token = take_token(fields); !token) return std::move(token.error());
  if (auto hold = take_hold(fields); !hold) return std::move(hold.error());
  auto wrong = photo_option_problem(route, fields, settings_.detection);
  if (wrong && wrong->code == ProblemCode::kUnknownOption) {
    wrong->detail.append(", references").append(kHoldOptions);
  }
  return wrong;
}

OrProblem<PhotoAnswer> PhotoHandler::answer(const PhotoCall& call, ByteView body, Seconds queue_time,
                                            const StopCondition& stop) const {
  if (const auto running = stop.check(); !running) return tl::unexpected(problem_of(running.error()));
  const bool is_elsewhere = body.empty() && takes_people(call.route) && names_held_photo(call.query);
  auto parts = call.boundary  ? read_multipart_body(body, *call.boundary)
               : is_elsewhere ? PhotoBody{}
                              : read_plain_body(body);
  if (!parts) return tl::unexpected(std::move(parts.error()));
  std::vector<OptionField> fields = call.query;
  std::move(parts->options.begin(), parts->options.end(), std::back_inserter(fields));
  if (const auto wrong = option_problem(call.route, fields)) {
    return tl::unexpected(*wrong);
  }
  if (call.route != Route::kGroups && !parts->faces.empty()) {
    return problem(ProblemCode::kUnknownOption, "there is no face[PHOTO] here; /v1/groups has it");
  }
  if (call.route == Route::kGroups) {
    if (!parts->photo.empty() || !parts->references.empty()) {
      return problem(ProblemCode::kUnknownOption, "there are only parts named face[PHOTO] here");
    }
    return group(parts->faces, fields, stop);
  }
  if (call.route == Route::kReferences) {
    const auto people = people_of(call, parts->references, fields, stop);
    if (!people) return tl::unexpected(people.error());
    return seal(*people, call);
  }
  if (!takes_people(call.route)) {
    if (!parts->references.empty()) {
      return problem(ProblemCode::kUnknownOption, "there are no references here");
    }
    return about_photo(call, parts->photo, {}, std::move(fields), queue_time, stop);
  }
  const auto wish = take_hold(fields);
  if (!wish) return tl::unexpected(wish.error());
  if (wish->token.empty()) {
    auto answer = about_photo(call, parts->photo, parts->references, std::move(fields), queue_time, stop);
    if (!answer || !wish->hold) return answer;
    const auto token = settings_.held->hold(parts->photo, call.key_name, HeldPhotos::Clock::now());
    if (token) answer->response.headers.add("X-Photo-Token", *token);
    return answer;
  }
  if (!parts->photo.empty()) {
    return problem(ProblemCode::kSeveralPhotos, "send a photo, or the token of one that is held");
  }
  const auto held = settings_.held->find(wish->token, call.key_name, HeldPhotos::Clock::now());
  if (!held) return tl::unexpected(Problem{ProblemCode::kPhotoGone, "send it anew"});
  return about_photo(call, held->view(), parts->references, std::move(fields), queue_time, stop);
}

OrProblem<PhotoAnswer> PhotoHandler::about_photo(const PhotoCall& call, ByteView photo,
                                                 std::span<const ReferencePart> references,
                                                 std::vector<OptionField> fields, Seconds queue_time,
                                                 const StopCondition& stop) const {
  if (photo.empty()) {
    return problem(ProblemCode::kMissingPhoto, "no part of the body is a photo, or it is empty");
  }
  if (call.route == Route::kVerify) return verify(photo, fields);
  if (call.route == Route::kPanoramax) return panoramax(call, photo, queue_time, stop);
  const auto people = people_of(call, references, fields, stop);
  if (!people) return tl::unexpected(people.error());
  return call.route == Route::kBlur ? redact(call, photo, fields, *people, queue_time, stop)
                                    : detect(call.route, photo, fields, *people, queue_time, stop);
}

OrProblem<std::vector<Person>> PhotoHandler::people_of(const PhotoCall& call,
                                                       std::span<const ReferencePart> parts,
                                                       std::vector<OptionField>& fields,
                                                       const StopCondition& stop) const {
  const auto token = take_token(fields);
  if (!token) return tl::unexpected(token.error());
  if (parts.empty() && call.route == Route::kReferences) {
    if (!settings_.pipeline.compares_people) return without_recognizer();
    return problem(ProblemCode::kMissingPhoto, "parts named reference[NAME] are needed, each a photo");
  }
  return people_named(parts, *token, call.key_name, settings_.pipeline, *tokens_, stop);
}

PhotoAnswer PhotoHandler::seal(const std::vector<Person>& people, const PhotoCall& call) const {
  json::array names;
  for (const Person& person : people) names.push_back(json::object{{"name", person.name}});
  PhotoAnswer answer;
  answer.response =
      json_response({{"token", tokens_->seal(people, call.key_name, ReferenceTokens::Clock::now())},
                     {"expires_in", std::chrono::duration_cast<std::chrono::seconds>(kTokenLife).count()},
                     {"people", std::move(names)}});
  return answer;
}

OrProblem<PhotoAnswer> PhotoHandler::redact(const PhotoCall& call, ByteView photo,
                                            std::span<const OptionField> fields,
                                            std::span<const Person> people, Seconds queue_time,
                                            const StopCondition& stop) const {
  auto options = parse_photo_options(fields, settings_.detection);
  if (!options) return tl::unexpected(options.error());
  options->redaction.noise_key = settings_.noise_key;
  options->detection.people = faces_of(people);
  if (options->receipt != Receipt::kNone && !settings_.receipts.signing) {
    return tl::unexpected(without_signing_key());
  }
  auto redacted = settings_.pipeline.redact(photo, *options, stop);
  if (!redacted) return tl::unexpected(problem_of(redacted.error()));
  const PhotoReport& report = redacted->report;

  PhotoFacts facts = facts_of_redaction(report, *options, photo, queue_time);
  PhotoAnswer answer;
  add_photo_headers(answer.response, report.detection, report.timings, queue_time);
  if (options->detect) add_min_score(answer.response, facts.min_score);
  tell_of_receipts(answer.response, settings_.receipts);
  if (!people.empty()) add_people_headers(answer.response, report.detection);
  if (!report.removed.empty()) answer.response.headers.add("X-Removed-Metadata", names_of(report.removed));
  if (options->receipt != Receipt::kNone) {
    const ReceiptSubject subject{*options,
                                 report,
                                 redacted->model,
                                 facts.min_score,
                                 photo,
                                 redacted->file.view(),
                                 settings_.version,
                                 redacted->recognizer,
                                 redacted->second_model};
    const IssuedReceipt issued =
        issue_receipt(subject, *settings_.receipts.signing, std::chrono::system_clock::now());
    answer.response.headers.add("X-Receipt", issued.receipt);
    if (!issued.opening.empty()) answer.response.headers.add("X-Receipt-Opening", issued.opening);
  }
  if (accepts_form(call.accept)) {
    const Body told(to_text(to_json(report, redacted->model, people)));
    set_form(told, redacted->file, report.output_format, answer.response);
  } else {
    answer.response.headers.add("Content-Type", std::string(media_type_of(report.output_format)));
    answer.response.body = std::move(redacted->file);
  }
  answer.facts = std::move(facts);
  return answer;
}

PhotoFacts PhotoHandler::facts_of_redaction(const PhotoReport& report, const PhotoOptions& options,
                                            ByteView photo, Seconds queue_time) const {
  PhotoFacts facts = facts_of(report.detection, photo, queue_time);
  facts.redacted = true;
  facts.timings = {report.detection.timings, report.timings};
  facts.detected = options.detect;
  facts.profile = options.detection.profile;
  facts.style = options.redaction.style;
  facts.min_score = min_score_of(options.detection);
  facts.regions = report.region_count;
  facts.faces_kept = static_cast<int>(std::count(report.kept.begin(), report.kept.end(), true));
  facts.fast_path = report.untouched_outside;
  return facts;
}

OrProblem<PhotoAnswer> PhotoHandler::panoramax(const PhotoCall& call, ByteView photo, Seconds queue_time,
                                               const StopCondition& stop) const {
  const PhotoOptions options = panoramax_options(settings_.detection);
  const auto redacted = settings_.pipeline.redact(photo, options, stop);
  if (!redacted) return tl::unexpected(problem_of(redacted.error()));
  PhotoAnswer answer;
  answer.response =
      panoramax_answer(redacted->report, redacted->file.view(), redacted->model, accepts_form(call.accept));
  add_photo_headers(answer.response, redacted->report.detection, redacted->report.timings, queue_time);
  answer.facts = facts_of_redaction(redacted->report, options, photo, queue_time);
  return answer;
}

OrProblem<PhotoAnswer> PhotoHandler::detect(Route route, ByteView photo, std::span<const OptionField> fields,
                                            std::span<const Person> people, Seconds queue_time,
                                            const StopCondition& stop) const {
  auto options = parse_detect_options(fields, settings_.detection);
  if (!options) return tl::unexpected(options.error());
  options->people = faces_of(people);
  const auto detected = settings_.pipeline.detect(photo, *options, stop);
  if (!detected) return tl::unexpected(problem_of(detected.error()));
  const DetectReport& report = detected->report;

  PhotoFacts facts = facts_of(report, photo, queue_time);
  facts.profile = options->profile;
  facts.min_score = min_score_of(*options);

  PhotoAnswer answer;
  answer.response = json_response(route == Route::kDetectFaces ? to_legacy_json(report)
                                                               : to_json(report, detected->model, people));
  add_photo_headers(answer.response, report, {}, queue_time);
  add_min_score(answer.response, facts.min_score);
  tell_of_receipts(answer.response, settings_.receipts);
  if (!people.empty()) add_people_headers(answer.response, report);
  answer.facts = std::move(facts);
  return answer;
}

OrProblem<PhotoAnswer> PhotoHandler::group(std::span<const FacePart> faces,
                                           std::span<const OptionField> fields,
                                           const StopCondition& stop) const {
  wipe_freed_memory();
  if (!settings_.pipeline.compares_people) return without_recognizer();
  const auto pictures = pictures_of(faces);
  if (!pictures) return tl::unexpected(pictures.error());
  const auto said = said_pairs(fields, pictures->size());
  if (!said) return tl::unexpected(said.error());
  const auto grouped = settings_.pipeline.group(*pictures, *said, stop);
  if (!grouped) return tl::unexpected(problem_of(grouped.error()));
  PhotoAnswer answer;
  answer.response = json_response(to_json(*grouped));
  return answer;
}

OrProblem<PhotoAnswer> PhotoHandler::verify(ByteView photo, std::span<const OptionField> fields) const {
  if (fields.empty()) return problem(ProblemCode::kInvalidOption, "receipt: is needed beside the photo");
  PhotoAnswer answer;
  answer.response =
      json_response(to_json(check_receipt(fields[0].value, photo, settings_.receipts.published)));
  return answer;
}

float PhotoHandler::min_score_of(const DetectOptions& options) const {
  return options.min_score ? *options.min_score : settings_.pipeline.default_min_score(options.profile);
}

}  // namespace face_privacy
