#include "eval/video_truth.h"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <string>

namespace face_privacy {
namespace {

namespace json = boost::json;

// Thrown and caught in this file only: a line has many ways to be wrong, and one way out.
struct BadLine {
  std::string reason;
};

constexpr int kLastFrame = 10'000'000;
constexpr double kLargestCoordinate = 1e6;  // px

int frame_from(std::string_view text) {
  int frame = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), frame);
  if (error != std::errc() || end != text.data() + text.size() || frame < 0 || frame > kLastFrame) {
    throw BadLine{"\"boxes\" has a member that is no frame number"};
  }
  return frame;
}

BoxF box_from(const json::value& value) {
  const json::array* numbers = value.if_array();
  if (numbers == nullptr || numbers->size() != 4) throw BadLine{"a box needs 4 numbers"};
  std::array<float, 4> sides{};
  for (std::size_t i = 0; i < sides.size(); ++i) {
    boost::system::error_code error;
    const auto number = (*numbers)[i].to_number<double>(error);
    if (error || !(std::abs(number) <= kLargestCoordinate))
      throw BadLine{"a box holds what is no coordinate"};
    sides[i] = static_cast<float>(number);
  }
  const BoxF box{sides[0], sides[1], sides[2], sides[3]};
  if (!(box.area() > 0)) throw BadLine{"a box has no area"};
  return box;
}

TruthPerson person_from(std::string_view line) {
  boost::system::error_code error;
  const json::value value = json::parse({line.data(), line.size()}, error);
  if (error) throw BadLine{"no JSON"};
  const json::object* object = value.if_object();
  const json::value* person = object != nullptr ? object->if_contains("person") : nullptr;
  const json::value* boxes = object != nullptr ? object->if_contains("boxes") : nullptr;
  if (person == nullptr || !person->is_int64()) throw BadLine{"no \"person\" with a number"};
  if (boxes == nullptr || !boxes->is_object()) throw BadLine{"no \"boxes\" by frame"};
  TruthPerson result{person->get_int64(), {}};
  for (const auto& [frame, box] : boxes->get_object()) result.boxes[frame_from(frame)] = box_from(box);
  return result;
}

}  // namespace

Result<std::vector<TruthPerson>> parse_video_truth(std::string_view jsonl) {
  std::vector<TruthPerson> people;
  for (int number = 1; !jsonl.empty(); ++number) {
    const std::string_view line = jsonl.substr(0, jsonl.find('\n'));
    jsonl.remove_prefix(std::min(jsonl.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      people.push_back(person_from(line));
    } catch (const BadLine& bad) {
      return fail(ErrorCode::kInvalidOption, "truth, line " + std::to_string(number) + ": " + bad.reason);
    }
  }
  return people;
}

}  // namespace face_privacy
