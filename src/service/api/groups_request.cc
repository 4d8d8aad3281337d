#include "service/api/groups_request.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <map>

#include "json/strict_json.h"
#include "service/api/answers.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kFaceBegin = "face[";

std::optional<int> index_from(const json::value& value, std::optional<std::size_t> faces) {
  const auto* number = value.if_int64();
  const auto count = static_cast<std::int64_t>(faces.value_or(kMaxGroupedFaces));
  if (number == nullptr || *number < 0 || *number >= count) return std::nullopt;
  return static_cast<int>(*number);
}

std::optional<std::vector<FacePair>> pairs_from(std::string_view text, std::optional<std::size_t> faces) {
  json::error_code error;
  const json::value parsed = parse_strict_json(text, error);
  if (error || !parsed.is_array() || parsed.get_array().size() > kMaxSaidPairs) return std::nullopt;
  std::vector<FacePair> pairs;
  for (const json::value& value : parsed.get_array()) {
    const auto* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2) return std::nullopt;
    const auto one = index_from((*pair)[0], faces);
    const auto other = index_from((*pair)[1], faces);
    if (!one || !other || *one == *other) return std::nullopt;
    pairs.push_back({*one, *other});
  }
  return pairs;
}

}  // namespace

std::optional<std::string_view> photo_of_part(std::string_view part_name) {
  if (!part_name.starts_with(kFaceBegin) || !part_name.ends_with(']')) return std::nullopt;
  return part_name.substr(kFaceBegin.size(), part_name.size() - kFaceBegin.size() - 1);
}

OrProblem<SaidPairs> said_pairs(std::span<const OptionField> fields, std::optional<std::size_t> faces) {
  std::optional<std::vector<FacePair>> same;
  std::optional<std::vector<FacePair>> different;
  for (const OptionField& field : fields) {
    if (field.name != "same" && field.name != "different") {
      return problem(ProblemCode::kUnknownOption, "there are same and different here");
    }
    auto& pairs = field.name == "same" ? same : different;
    if (pairs) return problem(ProblemCode::kDuplicateOption, field.name + ": given more than once");
    pairs = pairs_from(field.value, faces);
    if (pairs) continue;
    return problem(ProblemCode::kInvalidOption,
                   field.name +
                       ": a JSON array of pairs of faces is needed, by their place in the request "
                       "from 0: [[0, 3], [1, 2]]");
  }
  return SaidPairs{std::move(same).value_or(std::vector<FacePair>{}),
                   std::move(different).value_or(std::vector<FacePair>{})};
}

OrProblem<std::vector<FacePicture>> pictures_of(std::span<const FacePart> parts) {
  if (parts.empty()) {
    return problem(ProblemCode::kMissingPhoto,
                   "parts named face[PHOTO] are needed, each a picture of one face");
  }
  if (parts.size() > kMaxGroupedFaces) {
    return problem(ProblemCode::kInvalidOption, "face[PHOTO]: at most 512 faces are grouped at a time");
  }
  std::map<std::string_view, int> photos;
  std::vector<FacePicture> pictures;
  for (const FacePart& part : parts) {
    const int photo = photos.emplace(part.photo, static_cast<int>(photos.size())).first->second;
    pictures.push_back({part.picture, photo});
  }
  return pictures;
}

json::object to_json(const GroupedPictures& grouped) {
  json::array groups;
  for (const std::vector<int>& group : grouped.grouping.groups) {
    groups.push_back(json::array(group.begin(), group.end()));
  }
  json::array alike;
  for (const Likeness& likeness : grouped.grouping.alike) {
    alike.push_back(json::object{{"groups", json::array{likeness.one, likeness.other}},
                                 {"score", std::round(static_cast<double>(likeness.score) * 100) / 100}});
  }
  json::array not_compared;
  for (std::size_t i = 0; i < grouped.doubts.size(); ++i) {
    if (grouped.doubts[i] == Doubt::kNone) continue;
    not_compared.push_back(json::object{{"face", i}, {"why", name_of(grouped.doubts[i])}});
  }
  return {
      {"groups", std::move(groups)}, {"alike", std::move(alike)}, {"not_compared", std::move(not_compared)}};
}

}  // namespace face_privacy
