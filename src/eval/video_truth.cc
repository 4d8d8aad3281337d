#include "eval/video_truth.h"

#include <boost/json.hpp>
#include <charconv>

#include "eval/json_lines.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr int kLastFrame = 10'000'000;

int frame_from(std::string_view text) {
  int frame = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), frame);
  if (error != std::errc() || end != text.data() + text.size() || frame < 0 || frame > kLastFrame) {
    throw BadLine{"\"boxes\" has a member that is no frame number"};
  }
  return frame;
}

BoxF box_from(const json::value& value) {
  const auto [x, y, width, height] = coordinates<4>(value, "a box");
  const BoxF box{x, y, width, height};
  if (!(width > 0 && height > 0 && box.area() > 0)) throw BadLine{"a box has no area"};
  return box;
}

std::map<int, BoxF> boxes_from(const json::object& object, const char* name) {
  std::map<int, BoxF> boxes;
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return boxes;
  if (!value->is_object()) throw BadLine{"no \"" + std::string(name) + "\" by frame"};
  for (const auto& [frame, box] : value->get_object()) boxes[frame_from(frame)] = box_from(box);
  return boxes;
}

TruthPerson person_from(const json::object& object) {
  const json::value* person = object.if_contains("person");
  if (person == nullptr || !person->is_int64()) throw BadLine{"no \"person\" with a number"};
  if (!object.contains("boxes")) throw BadLine{"no \"boxes\" by frame"};
  return {person->get_int64(), boxes_from(object, "boxes"), boxes_from(object, "partly")};
}

}  // namespace

Result<std::vector<TruthPerson>> parse_video_truth(std::string_view jsonl) {
  std::vector<TruthPerson> people;
  const auto read = for_each_json_line(
      "truth", jsonl, [&](const json::object& object) { people.push_back(person_from(object)); });
  if (!read) return fail(read);
  return people;
}

}  // namespace face_privacy
