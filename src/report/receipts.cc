#include "report/receipts.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "json/strict_json.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kStatement =
    "This receipt tells what was done. It does not prove that no face was missed.";

// docs/detection.md: 1,251 photos that nothing was tuned on, with the weights that come with the program.
constexpr std::string_view kMeasuredWeights =
    "a4bb1e33c921877ecccca2a2e757d44c4fb511ae84d85a833c5a77e6f2461744";
constexpr std::string_view kMeasuredOn = "1251 street photos that the profiles were not chosen on";

double published_recall(Profile profile) {
  switch (profile) {
    case Profile::kFast: return 0.902;
    case Profile::kBalanced: return 0.950;
    case Profile::kThorough: return 0.958;
  }
  return 0;
}

// Nothing where another threshold or other weights look for faces than those that were measured.
json::value recall_of(const ReceiptSubject& subject) {
  const DetectOptions& detection = subject.options.detection;
  if (!subject.options.detect || detection.min_score || subject.model.sha256 != kMeasuredWeights)
    return nullptr;
  return json::object{{"recall", published_recall(detection.profile)}, {"measured_on", kMeasuredOn}};
}

json::object counts_of(const ReceiptSubject& subject) {
  const PhotoReport& report = subject.report;
  const auto kept = std::count(report.kept.begin(), report.kept.end(), true);
  const auto& matches = report.detection.matches;
  const auto by_reference = std::count_if(
      matches.begin(), matches.end(), [](const FaceMatch& match) { return match.verdict == Verdict::kKeep; });
  const auto found = static_cast<std::int64_t>(report.detection.face_count());
  return {{"found", found},
          {"covered", found - kept},
          {"kept_by_hand", std::max<std::int64_t>(0, kept - by_reference)},
          {"kept_by_reference", by_reference},
          {"drawn", subject.options.regions.size()}};
}

double thousandths(float value) { return std::round(static_cast<double>(value) * 1000) / 1000; }

// Weights; null where there are none.
template <class Info>
json::value named(const std::optional<Info>& weights) {
  if (!weights) return nullptr;
  return json::object{{"name", weights->name}, {"sha256", weights->sha256}};
}

// How alike a face is would tell whoever has a copy of it; that is not in it.
json::object likeness_of(const std::optional<LikenessCheck>& likeness) {
  if (!likeness) return {{"verdict", "not_run"}};
  if (likeness->compared == 0) return {{"verdict", "not_run"}, {"faces", 0}};
  return {{"verdict", likeness->alike == 0 ? "pass" : "fail"},
          {"faces", likeness->compared},
          {"alike", likeness->alike},
          {"alike_from", thousandths(kAlikeFrom)}};
}

json::object checks_of(const PhotoReport& report) {
  const OutputChecks checks = report.checks.value_or(OutputChecks{});
  const bool covered = report.checks && checks.showing == 0;
  return {{"covered",
           {{"verdict", covered ? "pass" : "fail"}, {"places", checks.places}, {"failed", checks.showing}}},
          {"second_look",
           {{"verdict", checks.to_review.empty() ? "pass" : "review"}, {"places", checks.to_review.size()}}},
          {"likeness", likeness_of(checks.likeness)}};
}

// How regions that were asked for are covered, without their places: each look once.
json::array region_looks(const CommonOptions& options) {
  json::array looks;
  for (const RequestedRegion& region : options.regions) {
    const RedactOptions& otherwise = options.redaction;
    json::object look{{"style", name_of(region.style.value_or(otherwise.style))},
                      {"shape", name_of(region.shape.value_or(otherwise.shape))},
                      {"margin", thousandths(region.margin.value_or(otherwise.margin))}};
    if (std::find(looks.begin(), looks.end(), look) == looks.end()) looks.push_back(std::move(look));
  }
  return looks;
}

json::object settings_of(const CommonOptions& options, std::string_view profile, float min_score,
                         bool searched) {
  const RedactOptions& redaction = options.redaction;
  json::object settings{{"detect", searched}};
  if (searched) {
    settings["profile"] = profile;
    settings["min_score"] = thousandths(min_score);
  }
  settings["style"] = name_of(redaction.style);
  settings["shape"] = name_of(redaction.shape);
  settings["margin"] = thousandths(redaction.margin);
  if (!options.regions.empty()) settings["regions"] = region_looks(options);
  return settings;
}

json::object settings_of(const ReceiptSubject& subject) {
  return settings_of(subject.options, name_of(subject.options.detection.profile), subject.min_score,
                     subject.options.detect);
}

json::array removed_of(const PhotoReport& report) {
  json::array kinds;
  for (const MetadataKind kind : report.removed.list()) kinds.emplace_back(name_of(kind));
  return kinds;
}

json::object output_of(const ReceiptSubject& subject) {
  const PhotoReport& report = subject.report;
  return {{"sha256", to_hex(sha256(subject.output))},
          {"bytes", subject.output.size()},
          {"type", media_type_of(report.output_format)},
          {"width", report.detection.size.width},
          {"height", report.detection.size.height}};
}

constexpr std::string_view kBeforeInput = "face-privacy-input-1";

std::string commitment(ByteView salt, ByteView input) {
  return to_hex(sha256({byte_view(kBeforeInput), salt, input}));
}

std::int64_t hour_of(std::chrono::system_clock::time_point now) {
  const auto hours = std::chrono::floor<std::chrono::hours>(now);
  return std::chrono::duration_cast<std::chrono::seconds>(hours.time_since_epoch()).count();
}

json::object header_of(const SigningKey& key, std::chrono::system_clock::time_point now) {
  return {{"v", 1}, {"id", random_hex(16)}, {"iat", hour_of(now)}, {"kid", key.public_key().id()}};
}

json::object program_of(std::string_view version) { return {{"name", "face-privacy"}, {"version", version}}; }

json::object settings_of(const ClipReceiptSubject& subject) {
  const TracksOrigin& origin = subject.origin;
  json::object settings = settings_of(subject.options, origin.profile, origin.min_score, subject.searched);
  if (subject.searched) settings["detect_every"] = origin.every;
  settings["audio"] = name_of(subject.options.audio);
  settings["subtitles"] = subject.options.keep_subtitles ? "keep" : "drop";
  return settings;
}

// Faces are tracks here.
json::object counts_of(const ClipReceiptSubject& subject) {
  const TrackCounts& tracks = subject.checks.tracks;
  return {{"found", tracks.found},
          {"covered", tracks.found + tracks.drawn - tracks.kept_by_hand - tracks.kept_by_reference},
          {"kept_by_hand", tracks.kept_by_hand},
          {"kept_by_reference", tracks.kept_by_reference},
          {"drawn", tracks.drawn + static_cast<std::int64_t>(subject.options.regions.size())},
          {"covered_frames", subject.covered_frames},
          {"damaged_frames", subject.damaged_frames}};
}

json::object checks_of(const ClipChecks& checks) {
  return {{"covered",
           {{"verdict", checks.showing == 0 ? "pass" : "fail"},
            {"frames", checks.frames},
            {"places", checks.places},
            {"failed", checks.showing}}},
          {"second_look",
           {{"verdict", checks.to_review.empty() ? "pass" : "review"},
            {"frames", checks.looked_at},
            {"places", checks.to_review.size()}}},
          {"likeness", likeness_of(checks.likeness)}};
}

tl::unexpected<Error> unreadable_clip() { return fail(ErrorCode::kIo, "the clip cannot be read again"); }

// The member at a path of names; null where there is none.
const json::value* member(const json::object& object, std::string_view outer, std::string_view inner) {
  const json::value* found = object.if_contains(outer);
  return found != nullptr && found->is_object() ? found->get_object().if_contains(inner) : nullptr;
}

std::optional<PublicKey> key_of(const json::value& value) {
  const json::object* key = value.if_object();
  if (key == nullptr) return std::nullopt;
  const auto text = [&](std::string_view name) {
    const json::value* found = key->if_contains(name);
    return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                  : std::string_view();
  };
  if (text("kty") != "OKP" || text("crv") != "Ed25519") return std::nullopt;
  const auto bytes = from_base64url(text("x"));
  if (!bytes) return std::nullopt;
  auto made = PublicKey::from_bytes(*bytes);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

}  // namespace

IssuedReceipt issue_receipt(const ReceiptSubject& subject, const SigningKey& key,
                            std::chrono::system_clock::time_point now) {
  IssuedReceipt issued;
  json::object payload = header_of(key, now);
  payload["output"] = output_of(subject);
  payload["program"] = program_of(subject.program_version);
  payload["model"] = json::object{{"name", subject.model.name}, {"sha256", subject.model.sha256}};
  payload["second_model"] = named(subject.second_model);
  payload["recognizer"] = named(subject.recognizer);
  payload["settings"] = settings_of(subject);
  payload["counts"] = counts_of(subject);
  payload["reviewed"] = !subject.options.detect && !subject.options.regions.empty();
  payload["checks"] = checks_of(subject.report);
  payload["removed"] = removed_of(subject.report);
  payload["published"] = recall_of(subject);
  payload["statement"] = kStatement;
  if (subject.options.receipt == Receipt::kWithInput) {
    const Bytes salt = random_bytes(32);
    issued.opening = to_base64url(salt);
    payload["input"] = json::object{{"commitment", commitment(salt, subject.input)}};
  }
  issued.receipt = sign_receipt(to_text(payload), key);
  return issued;
}

Result<IssuedReceipt> issue_receipt(const ClipReceiptSubject& subject, const SigningKey& key,
                                    std::chrono::system_clock::time_point now) {
  IssuedReceipt issued;
  const auto output = sha256_of_file(subject.output);
  if (!output) return unreadable_clip();
  json::object payload = header_of(key, now);
  payload["output"] = json::object{{"sha256", to_hex(output->sha256)},
                                   {"bytes", output->bytes},
                                   {"type", media_type_of(subject.container)},
                                   {"width", subject.size.width},
                                   {"height", subject.size.height},
                                   {"frames", subject.checks.frames}};
  payload["program"] = program_of(subject.program_version);
  payload["model"] =
      json::object{{"name", subject.origin.model_name}, {"sha256", subject.origin.model_sha256}};
  payload["second_model"] = named(subject.second_model);
  payload["recognizer"] = named(subject.recognizer);
  payload["settings"] = settings_of(subject);
  payload["counts"] = counts_of(subject);
  payload["reviewed"] = subject.reviewed;
  payload["checks"] = checks_of(subject.checks);
  payload["published"] = nullptr;  // recall is measured on photos
  payload["statement"] = kStatement;
  if (subject.options.receipt == Receipt::kWithInput) {
    const Bytes salt = random_bytes(32);
    const auto committed = sha256_of_file(subject.input, {byte_view(kBeforeInput), salt});
    if (!committed) return unreadable_clip();
    issued.opening = to_base64url(salt);
    payload["input"] = json::object{{"commitment", to_hex(committed->sha256)}};
  }
  issued.receipt = sign_receipt(to_text(payload), key);
  return issued;
}

ReceiptCheck check_receipt(std::string_view receipt, ByteView photo, const std::vector<PublicKey>& keys) {
  const OpenedReceipt opened = open_receipt(receipt, keys);
  if (opened.verdict != ReceiptVerdict::kValid) return {opened.verdict, {}};
  json::error_code error;
  const json::value payload = parse_strict_json(opened.payload, error);
  if (error || !payload.is_object()) return {ReceiptVerdict::kNotAReceipt, {}};
  ReceiptCheck check{ReceiptVerdict::kValid, payload.get_object()};
  const json::value* hash = member(check.payload, "output", "sha256");
  if (hash == nullptr || !hash->is_string()) return {ReceiptVerdict::kNotAReceipt, {}};
  if (std::string_view(hash->get_string()) != to_hex(sha256(photo)))
    check.verdict = ReceiptVerdict::kOtherPhoto;
  return check;
}

bool opens_commitment(const json::object& payload, std::string_view opening, ByteView input) {
  const json::value* stated = member(payload, "input", "commitment");
  const auto salt = from_base64url(opening);
  return stated != nullptr && stated->is_string() && salt &&
         std::string_view(stated->get_string()) == commitment(*salt, input);
}

json::object to_json(const ReceiptCheck& check) {
  json::object result{{"valid", check.verdict == ReceiptVerdict::kValid},
                      {"verdict", name_of(check.verdict)}};
  if (!check.payload.empty()) result["receipt"] = check.payload;
  return result;
}

Result<std::vector<PublicKey>> read_public_keys(std::string_view text) {
  constexpr const char* kNeeded = "public keys are needed: one as PEM, or a set as JSON (Ed25519)";
  if (text.find("-----BEGIN") != std::string_view::npos) {
    auto key = PublicKey::from_pem(text);
    if (!key) return fail(key);
    return std::vector<PublicKey>{std::move(*key)};
  }
  json::error_code error;
  const json::value parsed = parse_strict_json(text, error);
  const json::value* keys = error || !parsed.is_object() ? nullptr : parsed.get_object().if_contains("keys");
  if (keys == nullptr || !keys->is_array()) return fail(ErrorCode::kInvalidOption, kNeeded);
  std::vector<PublicKey> result;
  for (const json::value& value : keys->get_array()) {
    auto key = key_of(value);
    if (!key) return fail(ErrorCode::kInvalidOption, kNeeded);
    result.push_back(std::move(*key));
  }
  return result;
}

}  // namespace face_privacy
