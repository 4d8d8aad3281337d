// Faces that are to be grouped by whom they show, as a request names them: pictures in parts `face[PHOTO]`,
// with what somebody said of them in `same` and `different`.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/people.h"
#include "service/api/photo_options.h"
#include "service/http/request_target.h"

namespace face_privacy {

inline constexpr std::size_t kMaxSaidPairs = 10'000;  // of each field

struct FacePart {
  std::string photo;  // that it is from: any name
  ByteView picture;
};

// PHOTO of a part "face[PHOTO]"; nothing for other parts.
std::optional<std::string_view> photo_of_part(std::string_view part_name);

// What the fields say, for `faces` faces; none: before they are there. kUnknownOption, kDuplicateOption,
// kInvalidOption.
OrProblem<SaidPairs> said_pairs(std::span<const OptionField> fields, std::optional<std::size_t> faces);

// kMissingPhoto for none, kInvalidOption for too many.
OrProblem<std::vector<FacePicture>> pictures_of(std::span<const FacePart> parts);

// {"groups":[[face]],"alike":[{"groups":[one,other],"score"}],"not_compared":[{"face","why"}]}
boost::json::object to_json(const GroupedPictures& grouped);

}  // namespace face_privacy
