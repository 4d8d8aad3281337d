#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace face_privacy {

// An option as it was written, in the query or as a multipart field.
struct OptionField {
  std::string name;
  std::string value;
};

struct RequestTarget {
  std::string path;                // percent-decoded
  std::vector<OptionField> query;  // percent-decoded, + is a space
};

// Of "/path?query", "http://host/path?query" or "*". Nothing where it is none of these, or where
// something decodes to a control character.
std::optional<RequestTarget> parse_target(std::string_view target);

}  // namespace face_privacy
