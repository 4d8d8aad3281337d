#include "report/feedback_json.h"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <string>
#include <utility>

#include "json/strict_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 6;
constexpr int kMaxImageSide = 1 << 17;
constexpr double kMaxCoordinate = 1e6;  // px
constexpr std::size_t kHashDigits = 64;

// Thrown and caught in this file only: a report has many ways to be wrong, and one way out.
struct BadReport {
  std::string reason;
};

json::value parse_strictly(std::string_view text) {
  boost::system::error_code error;
  json::value value = parse_strict_json(text, error, kMaxDepth);
  if (error) throw BadReport{"it is no JSON, too deep, or names a member twice"};
  return value;
}

// An object of which every member is asked for by name; whatever is left is unknown.
class ReportMembers {
 public:
  ReportMembers(const json::value& value, const char* what) : object_(value.if_object()), what_(what) {
    if (object_ == nullptr) throw BadReport{std::string(what) + ": an object is needed"};
  }

  const json::value* maybe(const char* name) {
    const json::value* member = object_->if_contains(name);
    if (member != nullptr) ++asked_;
    return member;
  }
  const json::value& need(const char* name) {
    const json::value* member = maybe(name);
    if (member == nullptr) throw BadReport{std::string(what_) + ": " + name + " is missing"};
    return *member;
  }
  void end() const {
    if (asked_ != object_->size()) throw BadReport{std::string(what_) + ": a member is unknown here"};
  }

 private:
  const json::object* object_;
  const char* what_;
  std::size_t asked_ = 0;
};

double number(const json::value& value, const char* what, double least, double most) {
  boost::system::error_code error;
  const auto result = value.is_number() ? value.to_number<double>(error) : std::nan("");
  if (error || !(result >= least && result <= most)) {
    throw BadReport{std::string(what) + ": a number in range is needed"};
  }
  return result;
}

Percent score(const json::value& value, const char* what) { return percent_of(number(value, what, 0, 1)); }

std::string_view text(const json::value& value, const char* what) {
  if (!value.is_string()) throw BadReport{std::string(what) + ": a text is needed"};
  return value.get_string();
}

const json::array& list(const json::value& value, const char* what, std::size_t most) {
  if (!value.is_array()) throw BadReport{std::string(what) + ": an array is needed"};
  if (value.get_array().size() > most) throw BadReport{std::string(what) + ": there are too many"};
  return value.get_array();
}

int side(const json::value& value) {
  const double px = number(value, "image", 1, kMaxImageSide);
  if (px != std::floor(px)) throw BadReport{"image: whole pixels are needed"};
  return static_cast<int>(px);
}

Size photo_from(const json::value& value) {
  ReportMembers members(value, "image");
  const Size size{side(members.need("width")), side(members.need("height"))};
  members.end();
  return size;
}

BoxF box_from(const json::value& value) {
  ReportMembers members(value, "box");
  std::array<float, 4> numbers{};
  constexpr std::array<const char*, 4> kNames{"x", "y", "width", "height"};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(number(members.need(kNames[i]), "box", -kMaxCoordinate, kMaxCoordinate));
  }
  members.end();
  const BoxF box{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (!(box.width > 0 && box.height > 0)) throw BadReport{"box: it has no area"};
  return box;
}

BoxF box_in(Size photo, const json::value& value) {
  const BoxF box = box_from(value);
  const BoxF whole{0, 0, static_cast<float>(photo.width), static_cast<float>(photo.height)};
  if (!(intersection_area(box, whole) > 0)) throw BadReport{"box: nothing of it is in the photo"};
  return box;
}

CorrectedBox corrected_from(const json::value& value, const FeedbackReport& report,
                            std::optional<BoxF>& in_crop) {
  ReportMembers members(value, "boxes");
  CorrectedBox corrected;
  corrected.box = grid_box(box_in(report.photo, members.need("box")), report.photo);
  const auto action = correction_from_name(text(members.need("action"), "action"));
  if (!action) throw BadReport{"action: confirmed, removed, moved or drawn is needed"};
  corrected.action = *action;
  if (*action != Correction::kDrawn) {
    corrected.score = score(members.need("score"), "score");
  } else if (const json::value* best = members.maybe("best_candidate"); best != nullptr) {
    if (!report.candidates) throw BadReport{"best_candidate: nobody looked for candidates"};
    if (!best->is_null()) corrected.score = score(*best, "best_candidate");
  }
  if (const json::value* crop = members.maybe("crop")) in_crop = box_from(*crop);
  members.end();
  return corrected;
}

Candidates candidates_from(const json::value& value) {
  ReportMembers members(value, "candidates");
  Candidates candidates;
  candidates.from = score(members.need("from"), "from");
  for (const json::value& one : list(members.need("passed_over"), "passed_over", kMaxPassedOver)) {
    candidates.passed_over.push_back(score(one, "passed_over"));
  }
  members.end();
  return candidates;
}

std::string hash_from(const json::value& value) {
  const std::string_view hash = text(value, "model");
  const bool is_hash =
      hash.size() == kHashDigits && hash.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  if (!is_hash) throw BadReport{"model: the SHA-256 of the weights is needed, as /v1/detect tells it"};
  return std::string(hash);
}

ParsedFeedback report_from(const json::value& value) {
  ReportMembers members(value, "report");
  ParsedFeedback parsed;
  FeedbackReport& report = parsed.report;
  report.photo = photo_from(members.need("image"));
  const auto profile = profile_from_name(text(members.need("profile"), "profile"));
  if (!profile) throw BadReport{"profile: fast, balanced or thorough is needed"};
  parsed.profile = *profile;
  report.profile = std::string(name_of(*profile));
  report.model = hash_from(members.need("model"));
  if (const json::value* min_score = members.maybe("min_score")) {
    report.min_score = score(*min_score, "min_score");
    parsed.has_min_score = true;
  }
  if (const json::value* candidates = members.maybe("candidates")) {
    report.candidates = candidates_from(*candidates);
  }
  for (const json::value& box : list(members.need("boxes"), "boxes", kMaxFeedbackBoxes)) {
    report.boxes.push_back(corrected_from(box, report, parsed.in_crops.emplace_back()));
  }
  members.end();
  if (report.boxes.empty()) throw BadReport{"boxes: there is none"};
  return parsed;
}

// ---- writing

double share(Percent percent) { return percent / 100.0; }
double rounded(double value) { return std::round(value * 10'000) / 10'000; }

json::value share_or_null(const std::optional<Percent>& percent) {
  return percent ? json::value(share(*percent)) : json::value(nullptr);
}

json::object to_json(const CorrectedBox& corrected, Size photo) {
  const BoxF box = box_of(corrected.box, photo);
  return {{"box", {rounded(box.x), rounded(box.y), rounded(box.width), rounded(box.height)}},
          {"kind", name_of(corrected.action)},
          {"score", share_or_null(corrected.score)}};
}

json::object to_json(const ThresholdOutcome& outcome) {
  return {{"min_score", share(outcome.min_score)},
          {"reports", outcome.reports},
          {"faces", outcome.faces},
          {"found", outcome.found},
          {"false_alarms", outcome.false_alarms},
          {"recall", rounded(outcome.recall())},
          {"precision", rounded(outcome.precision())}};
}

json::value to_json(const std::optional<ThresholdOutcome>& outcome) {
  return outcome ? json::value(to_json(*outcome)) : json::value(nullptr);
}

}  // namespace

Result<ParsedFeedback> parse_feedback(std::string_view given) {
  if (given.size() > kMaxFeedbackBytes)
    return fail(ErrorCode::kInvalidOption, "a report has 128 KiB at most");
  try {
    return report_from(parse_strictly(given));
  } catch (const BadReport& bad) {
    return fail(ErrorCode::kInvalidOption, bad.reason);
  }
}

json::object to_json(const StoredReport& stored) {
  const FeedbackReport& report = stored.report;
  json::array faces;
  json::array removed;
  for (const CorrectedBox& box : report.boxes) {
    (box.action == Correction::kRemoved ? removed : faces).push_back(to_json(box, report.photo));
  }
  json::object line{{"image", stored.id},           {"size", {report.photo.width, report.photo.height}},
                    {"day", date_text(stored.day)}, {"profile", report.profile},
                    {"model", report.model},        {"min_score", share(report.min_score)},
                    {"faces", std::move(faces)},    {"removed", std::move(removed)}};
  if (!report.candidates) return line;
  json::array passed_over;
  for (const Percent score : report.candidates->passed_over) passed_over.push_back(share(score));
  line["candidates"] = {{"from", share(report.candidates->from)}, {"passed_over", std::move(passed_over)}};
  return line;
}

json::object to_json(const ThresholdStats& stats, double precision) {
  json::array bins;
  for (const ScoreBin& bin : stats.bins) {
    bins.push_back({{"from", share(bin.from)},
                    {"confirmed", bin.confirmed},
                    {"moved", bin.moved},
                    {"removed", bin.removed},
                    {"drawn", bin.drawn},
                    {"passed_over", bin.passed_over}});
  }
  return {{"profile", stats.profile},      {"model", stats.model},
          {"reports", stats.reports},      {"beyond_any_threshold", stats.beyond_any_threshold},
          {"bins", std::move(bins)},       {"now", to_json(stats.at(stats.min_score))},
          {"wanted_precision", precision}, {"proposed", to_json(stats.proposal(precision))}};
}

}  // namespace face_privacy
