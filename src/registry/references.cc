#include "registry/references.h"

#include <algorithm>

namespace face_privacy {
namespace {

constexpr std::string_view kModels = "models:/";
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestVersion = 18;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-'; }

bool all_of(std::string_view text, bool (*is)(char)) { return std::all_of(text.begin(), text.end(), is); }

bool is_version(std::string_view text) {
  return !text.empty() && text.size() <= kLongestVersion && all_of(text, is_digit);
}

bool take(std::string_view& text, std::string_view beginning) {
  const bool there = text.starts_with(beginning);
  if (there) text.remove_prefix(beginning.size());
  return there;
}

}  // namespace

std::string ModelReference::text() const {
  return std::string(kModels) + name + (alias.empty() ? "/" + version : "@" + alias);
}

bool is_model_reference(std::string_view text) { return text.starts_with(kModels); }

bool is_registry_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && all_of(text, is_word) && !all_of(text, is_digit);
}

Result<ModelReference> parse_model_reference(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorCode::kInvalidOption,
                "weights of a registry are named as models:/NAME@ALIAS or models:/NAME/VERSION");
  };
  if (!take(text, kModels)) return wrong();
  const std::size_t mark = text.find_first_of("@/");
  if (mark == std::string_view::npos || !is_registry_name(text.substr(0, mark))) return wrong();
  const std::string name(text.substr(0, mark));
  const std::string which(text.substr(mark + 1));
  if (text[mark] == '@') {
    if (!is_registry_name(which)) return wrong();
    return ModelReference{name, which, {}};
  }
  if (!is_version(which)) return wrong();
  return ModelReference{name, {}, which};
}

}  // namespace face_privacy
