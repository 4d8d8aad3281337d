#include "eval/truth.h"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "json/strict_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

// Thrown and caught in this file only: a line has many ways to be wrong, and one way out.
struct BadLine {
  std::string reason;
};

constexpr double kLargestCoordinate = 1e6;  // px; keeps areas within what a float can add up

template <std::size_t count>
std::array<float, count> numbers(const json::value& value, const char* what) {
  const json::array* array = value.if_array();
  if (array == nullptr || array->size() != count) {
    throw BadLine{std::string(what) + " needs " + std::to_string(count) + " numbers"};
  }
  std::array<float, count> result{};
  for (std::size_t i = 0; i < count; ++i) {
    boost::system::error_code error;
    const auto number = (*array)[i].to_number<double>(error);
    if (error || !(std::abs(number) <= kLargestCoordinate)) {
      throw BadLine{std::string(what) + " holds what is no coordinate"};
    }
    result[i] = static_cast<float>(number);
  }
  return result;
}

TruthFace face_from(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* box = object != nullptr ? object->if_contains("box") : nullptr;
  if (box == nullptr) throw BadLine{"a face has no \"box\""};
  const auto [x, y, width, height] = numbers<4>(*box, "\"box\"");
  if (!(width > 0 && height > 0 && width * height > 0)) throw BadLine{"a \"box\" has no area"};
  TruthFace face{{x, y, width, height}, {}};
  if (const json::value* kind = object->if_contains("kind"); kind != nullptr && !kind->is_null()) {
    if (!kind->is_string()) throw BadLine{"\"kind\" is no string"};
    face.kind = std::string(kind->get_string());
  }
  return face;
}

const json::array* member_array(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return nullptr;
  if (!value->is_array()) throw BadLine{"\"" + std::string(name) + "\" is no array"};
  return &value->get_array();
}

TruthPhoto photo_from(std::string_view line) {
  boost::system::error_code error;
  const json::value value = parse_strict_json(line, error);
  if (error) throw BadLine{"no JSON, or a name twice"};
  const json::object* object = value.if_object();
  const json::value* image = object != nullptr ? object->if_contains("image") : nullptr;
  if (image == nullptr || !image->is_string() || image->get_string().empty()) {
    throw BadLine{"no \"image\""};
  }
  TruthPhoto photo;
  photo.image = std::string(image->get_string());
  const json::array* faces = member_array(*object, "faces");
  const json::array* noses = member_array(*object, "noses");
  if (faces == nullptr && noses == nullptr) throw BadLine{"neither \"faces\" nor \"noses\""};
  if (faces != nullptr) {
    for (const json::value& face : *faces) photo.faces.push_back(face_from(face));
  }
  if (noses != nullptr) {
    for (const json::value& nose : *noses) {
      const auto [x, y] = numbers<2>(nose, "a nose");
      photo.noses.push_back({x, y});
    }
  }
  return photo;
}

}  // namespace

Result<std::vector<TruthPhoto>> parse_truth(std::string_view jsonl) {
  std::vector<TruthPhoto> photos;
  for (int number = 1; !jsonl.empty(); ++number) {
    const std::string_view line = jsonl.substr(0, jsonl.find('\n'));
    jsonl.remove_prefix(std::min(jsonl.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      photos.push_back(photo_from(line));
    } catch (const BadLine& bad) {
      return fail(ErrorCode::kInvalidOption, "truth, line " + std::to_string(number) + ": " + bad.reason);
    }
  }
  return photos;
}

}  // namespace face_privacy
