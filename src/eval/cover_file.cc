#include "eval/cover_file.h"

#include <boost/json.hpp>

#include "eval/json_lines.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::int64_t kMaxSide = 1 << 16;

int side_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_int64() || value->get_int64() < 1 || value->get_int64() > kMaxSide) {
    throw BadLine{"no \"width\" and \"height\""};
  }
  return static_cast<int>(value->get_int64());
}

std::vector<Ellipse> ellipses_of(const json::object& object) {
  const json::value* list = object.if_contains("ellipses");
  if (list == nullptr || !list->is_array()) throw BadLine{"no \"ellipses\""};
  std::vector<Ellipse> ellipses;
  for (const json::value& one : list->get_array()) {
    const auto [x, y, radius_x, radius_y] = coordinates<4>(one, "an ellipse");
    if (!(radius_x > 0 && radius_y > 0)) throw BadLine{"an ellipse has no area"};
    ellipses.push_back({{x, y}, radius_x, radius_y, 0});
  }
  return ellipses;
}

}  // namespace

Result<CoverOfClip> parse_cover(std::string_view jsonl) {
  CoverOfClip cover;
  bool has_size = false;
  const auto read = for_each_json_line("cover", jsonl, [&](const json::object& object) {
    if (has_size) {
      cover.frames.push_back(ellipses_of(object));
    } else {
      cover.size = {side_of(object, "width"), side_of(object, "height")};
      has_size = true;
    }
  });
  if (!read) return fail(read);
  if (!has_size) return fail(ErrorCode::kInvalidOption, "cover: has no line");
  return cover;
}

}  // namespace face_privacy
