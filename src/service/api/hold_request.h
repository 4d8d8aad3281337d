// What a request says of photos that are held: `hold`, so that its photo will be, and `photo`, the token of
// one that is, in the place of a photo.
#pragma once

#include <string>
#include <vector>

#include "service/api/photo_options.h"
#include "service/http/request_target.h"

namespace face_privacy {

struct HoldRequest {
  bool hold = false;
  std::string token;  // empty: the photo is in the body
};

inline constexpr std::string_view kHoldOptions = ", hold, photo";

// Whether `fields` name a photo that is held.
bool names_held_photo(std::span<const OptionField> fields);

// Takes both out of `fields`. kDuplicateOption, kInvalidOption.
OrProblem<HoldRequest> take_hold(std::vector<OptionField>& fields);

}  // namespace face_privacy
