// multipart/form-data (RFC 7578), written.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace face_privacy {

struct FormPart {
  std::string_view name;
  std::string_view file_name;  // empty: none
  std::string_view media_type;
  ByteView content;
};

struct Form {
  std::string content_type;  // with the boundary
  Bytes body;
};

// The parts in their order, between boundaries that nobody can guess.
Form write_form(std::span<const FormPart> parts);

// Whether the caller takes an answer as a form: `accept` is the header's value.
bool accepts_form(std::string_view accept);

}  // namespace face_privacy
