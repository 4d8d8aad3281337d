#include "feedback/report_object.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "json/strict_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr int kObjectVersion = 1;
constexpr int kMaxSide = 1 << 17;
constexpr int kMostBoxes = 10'000;

// Thrown and caught in this file only.
struct NoReport {};

json::array numbers_of(const GridBox& box) { return {box.x, box.y, box.width, box.height}; }
json::array numbers_of(const Rect& box) { return {box.x, box.y, box.width, box.height}; }

const json::value& member(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) throw NoReport{};
  return *value;
}

int whole(const json::value& value, int least, int most) {
  if (!value.is_int64() || value.get_int64() < least || value.get_int64() > most) throw NoReport{};
  return static_cast<int>(value.get_int64());
}

std::optional<Percent> percent_or_null(const json::value& value) {
  return value.is_null() ? std::nullopt : std::optional(whole(value, 0, 100));
}

std::string text(const json::value& value, std::size_t longest) {
  if (!value.is_string() || value.get_string().size() > longest) throw NoReport{};
  return std::string(value.get_string());
}

const json::array& list(const json::value& value, std::size_t least = 0, std::size_t most = kMostBoxes) {
  if (!value.is_array() || value.get_array().size() < least || value.get_array().size() > most) {
    throw NoReport{};
  }
  return value.get_array();
}

const json::object& object_of(const json::value& value) {
  if (!value.is_object()) throw NoReport{};
  return value.get_object();
}

Sha256 token_from(const std::string& hex) {
  Sha256 token{};
  if (hex.size() != 2 * token.size()) throw NoReport{};
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char* digits = hex.data() + 2 * i;
    if (std::from_chars(digits, digits + 2, token[i], 16).ptr != digits + 2) throw NoReport{};
  }
  return token;
}

CorrectedBox box_from(const json::object& object) {
  const json::array& box = list(member(object, "box"), 4, 4);
  const auto unit = [&](std::size_t i) { return static_cast<std::uint8_t>(whole(box[i], 0, kGridUnits)); };
  const auto action = correction_from_name(text(member(object, "action"), 16));
  if (!action) throw NoReport{};
  return {{unit(0), unit(1), unit(2), unit(3)}, *action, percent_or_null(member(object, "score"))};
}

std::pair<std::size_t, Rect> crop_from(const json::object& object) {
  const json::array& box = list(member(object, "box"), 4, 4);
  const auto px = [&](std::size_t i) { return whole(box[i], -kMaxSide, kMaxSide); };
  return {static_cast<std::size_t>(whole(member(object, "of"), 0, kMostBoxes)), {px(0), px(1), px(2), px(3)}};
}

ReportObject object_from(const json::object& object) {
  if (whole(member(object, "version"), 0, kObjectVersion) != kObjectVersion) throw NoReport{};
  ReportObject read;
  read.token = token_from(text(member(object, "erase_token_sha256"), 64));
  FeedbackReport& report = read.report;
  const json::array& size = list(member(object, "size"), 2, 2);
  report.photo = {whole(size[0], 1, kMaxSide), whole(size[1], 1, kMaxSide)};
  report.profile = text(member(object, "profile"), 32);
  report.model = text(member(object, "model"), 64);
  report.min_score = whole(member(object, "min_score"), 0, 100);
  for (const json::value& box : list(member(object, "boxes")))
    report.boxes.push_back(box_from(object_of(box)));
  if (const json::value* candidates = object.if_contains("candidates")) {
    const json::object& found = object_of(*candidates);
    report.candidates = Candidates{whole(member(found, "from"), 0, 100), {}};
    for (const json::value& score : list(member(found, "passed_over"))) {
      report.candidates->passed_over.push_back(whole(score, 0, 100));
    }
  }
  for (const json::value& crop : list(member(object, "crops")))
    read.crops.push_back(crop_from(object_of(crop)));
  const bool all_have_boxes = std::all_of(read.crops.begin(), read.crops.end(),
                                          [&](const auto& crop) { return crop.first < report.boxes.size(); });
  if (!all_have_boxes) throw NoReport{};
  return read;
}

}  // namespace

std::string to_text(const ReportObject& object) {
  const FeedbackReport& report = object.report;
  json::array boxes;
  for (const CorrectedBox& box : report.boxes) {
    boxes.push_back({{"box", numbers_of(box.box)},
                     {"action", name_of(box.action)},
                     {"score", box.score ? json::value(*box.score) : json::value(nullptr)}});
  }
  json::array crops;
  for (const auto& [number, box] : object.crops) crops.push_back({{"of", number}, {"box", numbers_of(box)}});
  json::object written{{"version", kObjectVersion},
                       {"erase_token_sha256", to_hex(object.token)},
                       {"size", {report.photo.width, report.photo.height}},
                       {"profile", report.profile},
                       {"model", report.model},
                       {"min_score", report.min_score},
                       {"boxes", std::move(boxes)},
                       {"crops", std::move(crops)}};
  if (report.candidates) {
    const auto& scores = report.candidates->passed_over;
    written["candidates"] = {{"from", report.candidates->from},
                             {"passed_over", json::array(scores.begin(), scores.end())}};
  }
  return json::serialize(written);
}

Result<ReportObject> read_report_object(std::string_view given) {
  try {
    boost::system::error_code error;
    const json::value value = parse_strict_json(given, error);
    if (error) throw NoReport{};
    return object_from(object_of(value));
  } catch (const NoReport&) {
    return fail(ErrorCode::kInvalidOption, "an object of the bucket is no report, or a damaged one");
  }
}

}  // namespace face_privacy
