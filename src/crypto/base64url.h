// Base64 with the alphabet for URLs and without padding (RFC 4648, section 5), as JOSE uses it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace face_privacy {

std::string to_base64url(ByteView bytes);

// Nothing for what to_base64url does not write: other letters, padding, bits that belong to no byte. So no
// two texts are the same bytes.
std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace face_privacy
