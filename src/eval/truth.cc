#include "eval/truth.h"

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "eval/json_lines.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

TruthFace face_from(const json::value& value) {
  const json::object* object = value.if_object();
  const json::value* box = object != nullptr ? object->if_contains("box") : nullptr;
  if (box == nullptr) throw BadLine{"a face has no \"box\""};
  const auto [x, y, width, height] = coordinates<4>(*box, "\"box\"");
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

TruthPhoto photo_from(const json::object& object) {
  const json::value* image = object.if_contains("image");
  if (image == nullptr || !image->is_string() || image->get_string().empty()) {
    throw BadLine{"no \"image\""};
  }
  TruthPhoto photo;
  photo.image = std::string(image->get_string());
  const json::array* faces = member_array(object, "faces");
  const json::array* noses = member_array(object, "noses");
  if (faces == nullptr && noses == nullptr) throw BadLine{"neither \"faces\" nor \"noses\""};
  if (faces != nullptr) {
    for (const json::value& face : *faces) photo.faces.push_back(face_from(face));
  }
  if (noses != nullptr) {
    for (const json::value& nose : *noses) {
      const auto [x, y] = coordinates<2>(nose, "a nose");
      photo.noses.push_back({x, y});
    }
  }
  return photo;
}

}  // namespace

Result<std::vector<TruthPhoto>> parse_truth(std::string_view jsonl) {
  std::vector<TruthPhoto> photos;
  const auto read = for_each_json_line(
      "truth", jsonl, [&](const json::object& object) { photos.push_back(photo_from(object)); });
  if (!read) return fail(read);
  return photos;
}

}  // namespace face_privacy
