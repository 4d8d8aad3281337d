#include "report/report_json.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <string>

namespace face_privacy {
namespace {

namespace json = boost::json;

double rounded(double value, double unit_inverse) { return std::round(value * unit_inverse) / unit_inverse; }
double pixels(float value) { return rounded(value, 100); }

json::array to_json(const PointF& point) { return {pixels(point.x), pixels(point.y)}; }

json::object box_json(const BoxF& box) {
  return {{"x", pixels(box.x)},
          {"y", pixels(box.y)},
          {"width", pixels(box.width)},
          {"height", pixels(box.height)}};
}

json::object to_json(const Face& face) {
  return {
      {"box", box_json(face.box)},
      {"score", rounded(face.score, 10'000)},
      {"landmarks",
       {{"left_eye", to_json(face.landmarks.left_eye)},
        {"right_eye", to_json(face.landmarks.right_eye)},
        {"nose", to_json(face.landmarks.nose)},
        {"mouth_left", to_json(face.landmarks.mouth_left)},
        {"mouth_right", to_json(face.landmarks.mouth_right)}}},
  };
}

json::object to_json(const FaceMatch& match, std::span<const Person> people) {
  json::object object{
      {"person", nullptr}, {"verdict", name_of(match.verdict)}, {"score", nullptr}, {"why", nullptr}};
  if (match.person != kNobody) object["person"] = people[static_cast<std::size_t>(match.person)].name;
  if (was_compared(match)) object["score"] = rounded(match.score, 10'000);
  if (match.why != Doubt::kNone) object["why"] = name_of(match.why);
  return object;
}

json::object timings_json(const PhotoReport& report) {
  const LookTimings& look = report.detection.timings;
  const RedactTimings& work = report.timings;
  json::object object{{"decode", rounded(look.decode.count(), 100)},
                      {"detect", rounded(look.detect.count(), 100)},
                      {"redact", rounded(work.redact.count(), 100)},
                      {"encode", rounded(work.encode.count(), 100)}};
  if (!report.detection.matches.empty()) object["match"] = rounded(look.match.count(), 100);
  if (report.checks) object["check"] = rounded(work.check.count(), 100);
  return object;
}

json::array to_json(std::span<const PlaceToReview> places) {
  json::array review;
  for (const PlaceToReview& place : places) {
    json::object one{{"box", box_json(place.box)}};
    if (place.frame > 0) one["frame"] = place.frame;
    review.push_back(std::move(one));
  }
  return review;
}

void add(const std::optional<LikenessCheck>& likeness, json::object& object) {
  if (!likeness) return;
  object["compared"] = likeness->compared;
  object["alike"] = likeness->alike;
}

json::object to_json(const OutputChecks& checks) {
  json::object object{
      {"places", checks.places}, {"showing", checks.showing}, {"to_review", to_json(checks.to_review)}};
  add(checks.likeness, object);
  return object;
}

void append(const json::value& value, std::string& text);

void append_number(double number, std::string& text) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_members(const json::object& object, std::string& text) {
  text += '{';
  for (const auto& member : object) {
    if (text.back() != '{') text += ',';
    text += json::serialize(json::string(member.key()));
    text += ':';
    append(member.value(), text);
  }
  text += '}';
}

void append_elements(const json::array& array, std::string& text) {
  text += '[';
  for (const auto& element : array) {
    if (text.back() != '[') text += ',';
    append(element, text);
  }
  text += ']';
}

void append(const json::value& value, std::string& text) {
  if (const auto* object = value.if_object()) return append_members(*object, text);
  if (const auto* array = value.if_array()) return append_elements(*array, text);
  if (const auto* number = value.if_double()) return append_number(*number, text);
  text += json::serialize(value);
}

}  // namespace

std::string to_text(const json::value& value) {
  std::string text;
  append(value, text);
  return text;
}

json::object to_json(const DetectReport& report, const ModelInfo& model, std::span<const Person> people) {
  json::array faces;
  for (std::size_t frame = 0; frame < report.faces.size(); ++frame) {
    for (const Face& face : report.faces[frame]) {
      json::object one = to_json(face);
      if (report.faces.size() > 1) one["frame"] = frame;
      if (!report.matches.empty()) one["match"] = to_json(report.matches[faces.size()], people);
      faces.push_back(std::move(one));
    }
  }
  return {{"image", {{"width", report.size.width}, {"height", report.size.height}}},
          {"faces", std::move(faces)},
          {"model", {{"name", model.name}, {"sha256", model.sha256}}}};
}

json::object to_json(const ClipChecks& checks) {
  json::object object{{"frames", checks.frames},
                      {"places", checks.places},
                      {"showing", checks.showing},
                      {"looked_at", checks.looked_at},
                      {"to_review", to_json(checks.to_review)}};
  add(checks.likeness, object);
  return object;
}

json::object to_json(const PhotoReport& report, const ModelInfo& model, std::span<const Person> people) {
  json::object result = to_json(report.detection, model, people);
  json::array& faces = result["faces"].as_array();
  for (std::size_t i = 0; i < faces.size(); ++i) {
    faces[i].as_object()["kept"] = static_cast<bool>(report.kept[i]);
  }
  result["regions"] = report.region_count;
  json::object& styles = result["styles"].emplace_object();
  for (std::size_t i = 0; i < kStyleCount; ++i) {
    if (report.regions_by_style[i] > 0) styles[name_of(static_cast<Style>(i))] = report.regions_by_style[i];
  }
  json::array& removed = result["removed"].emplace_array();
  for (const MetadataKind kind : report.removed.list()) removed.emplace_back(name_of(kind));
  if (report.checks) result["checks"] = to_json(*report.checks);
  result["output"] = json::object{{"format", name_of(report.output_format)}};
  result["timings_ms"] = timings_json(report);
  return result;
}

}  // namespace face_privacy
