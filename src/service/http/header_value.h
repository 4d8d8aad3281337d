#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace face_privacy {

// `value; name=token; name="quoted"`, as in Content-Type and Content-Disposition.
struct HeaderValue {
  std::string value;                                            // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, each once

  std::optional<std::string_view> find(std::string_view name) const;
};

// Nothing where the text has another form or names a parameter twice.
std::optional<HeaderValue> parse_header_value(std::string_view text);

// Whether If-None-Match, a list of entity tags or a star, holds `entity_tag` with its quotes (RFC
// 9110, 13.1.2). Weak tags compare by what is in the quotes.
bool names_entity_tag(std::string_view if_none_match, std::string_view entity_tag);

std::string_view trimmed(std::string_view text);  // of spaces and tabs
std::string to_lower(std::string_view text);

}  // namespace face_privacy
