#include "service/api/hold_request.h"

#include <algorithm>
#include <optional>

#include "service/api/option_values.h"

namespace face_privacy {
namespace {

constexpr std::string_view kHoldField = "hold";
constexpr std::string_view kPhotoField = "photo";

OrProblem<std::optional<std::string>> take(std::string_view name, std::vector<OptionField>& fields) {
  const auto has_name = [name](const OptionField& field) { return field.name == name; };
  const auto field = std::find_if(fields.begin(), fields.end(), has_name);
  if (field == fields.end()) return std::optional<std::string>();
  if (std::count_if(field, fields.end(), has_name) > 1) {
    return tl::unexpected(
        Problem{ProblemCode::kDuplicateOption, std::string(name) + ": given more than once"});
  }
  std::optional<std::string> value = std::move(field->value);
  fields.erase(field);
  return value;
}

}  // namespace

bool names_held_photo(std::span<const OptionField> fields) {
  return std::any_of(fields.begin(), fields.end(),
                     [](const OptionField& field) { return field.name == kPhotoField; });
}

OrProblem<HoldRequest> take_hold(std::vector<OptionField>& fields) {
  HoldRequest request;
  const auto hold = take(kHoldField, fields);
  if (!hold) return tl::unexpected(hold.error());
  if (*hold) {
    if (const OptionError wrong = set_switch(**hold, request.hold); !wrong.empty()) {
      return tl::unexpected(Problem{ProblemCode::kInvalidOption, "hold: " + std::string(wrong)});
    }
  }
  auto token = take(kPhotoField, fields);
  if (!token) return tl::unexpected(token.error());
  if (*token) {
    if ((*token)->empty() || (*token)->find_first_not_of("0123456789abcdef") != std::string::npos) {
      return tl::unexpected(Problem{ProblemCode::kInvalidOption,
                                    "photo: a file is needed, or a token as X-Photo-Token gives one"});
    }
    request.token = std::move(**token);
  }
  return request;
}

}  // namespace face_privacy
