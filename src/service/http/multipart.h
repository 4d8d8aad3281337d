// multipart/form-data (RFC 7578), from a body that is in memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

struct MultipartPart {
  std::string name;
  bool has_file_name = false;  // the name itself is nobody's business here
  std::string media_type;      // in lower case; empty where none was given
  ByteView content;            // lives as long as the body
};

// The boundary of a Content-Type, if that is multipart/form-data with a valid one.
std::optional<std::string> multipart_boundary(std::string_view content_type);

// kInvalidOption, with a sentence that says what is wrong.
Result<std::vector<MultipartPart>> parse_multipart(ByteView body, std::string_view boundary);

}  // namespace face_privacy
