#include "eval/json_lines.h"

#include <boost/json.hpp>

#include "json/strict_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr double kLargestCoordinate = 1e6;  // px

void read_line(std::string_view line, const std::function<void(const json::object&)>& read) {
  boost::system::error_code error;
  const json::value value = parse_strict_json(line, error);
  if (error) throw BadLine{"no JSON, or a name twice"};
  const json::object* object = value.if_object();
  if (object == nullptr) throw BadLine{"no JSON object"};
  read(*object);
}

}  // namespace

void read_coordinates(const json::value& value, const char* what, std::span<float> coordinates) {
  const json::array* numbers = value.if_array();
  if (numbers == nullptr || numbers->size() != coordinates.size()) {
    throw BadLine{std::string(what) + " needs " + std::to_string(coordinates.size()) + " numbers"};
  }
  for (std::size_t i = 0; i < coordinates.size(); ++i) {
    boost::system::error_code error;
    const auto number = (*numbers)[i].to_number<double>(error);
    if (error || !(std::abs(number) <= kLargestCoordinate)) {
      throw BadLine{std::string(what) + " holds what is no coordinate"};
    }
    coordinates[i] = static_cast<float>(number);
  }
}

Result<void> for_each_json_line(std::string_view file, std::string_view jsonl,
                                const std::function<void(const json::object&)>& read) {
  for (int number = 1; !jsonl.empty(); ++number) {
    const std::string_view line = jsonl.substr(0, jsonl.find('\n'));
    jsonl.remove_prefix(std::min(jsonl.size(), line.size() + 1));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      read_line(line, read);
    } catch (const BadLine& bad) {
      return fail(ErrorCode::kInvalidOption,
                  std::string(file) + ", line " + std::to_string(number) + ": " + bad.reason);
    }
  }
  return {};
}

}  // namespace face_privacy
