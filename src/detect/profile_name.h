#pragma once

#include <optional>
#include <string_view>

namespace face_privacy {

enum class Profile { kFast, kBalanced, kThorough };
std::string_view name_of(Profile profile);
std::optional<Profile> profile_from_name(std::string_view name);

}  // namespace face_privacy
