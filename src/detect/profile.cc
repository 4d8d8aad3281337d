#include "detect/profile.h"

#include <array>
#include <cmath>

#include "detect/network.h"

namespace face_privacy {
namespace {

constexpr std::array kFastPasses{Pass{640}};
constexpr std::array kBalancedPasses{Pass{1280}, Pass{640}};
constexpr std::array kThoroughPasses{Pass{1920}, Pass{960}, Pass{480}};

constexpr ProfilePlan kFast{kFastPasses, 0.3F};
constexpr ProfilePlan kBalanced{kBalancedPasses, 0.3F};
constexpr ProfilePlan kThorough{kThoroughPasses, 0.3F};

int to_multiple(double side) {
  return std::max(1, static_cast<int>(std::lround(side / kInputMultiple))) * kInputMultiple;
}

}  // namespace

std::string_view name_of(Profile profile) {
  switch (profile) {
    case Profile::kFast: return "fast";
    case Profile::kBalanced: return "balanced";
    case Profile::kThorough: return "thorough";
  }
  return "";
}

std::optional<Profile> profile_from_name(std::string_view name) {
  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    if (name == name_of(profile)) return profile;
  }
  return std::nullopt;
}

const ProfilePlan& plan_of(Profile profile) {
  switch (profile) {
    case Profile::kFast: return kFast;
    case Profile::kBalanced: return kBalanced;
    case Profile::kThorough: return kThorough;
  }
  return kBalanced;
}

Size input_size(Size picture, const Pass& pass) {
  const double scale = static_cast<double>(pass.long_side_px) / std::max(picture.width, picture.height);
  return {to_multiple(picture.width * scale), to_multiple(picture.height * scale)};
}

}  // namespace face_privacy
