#pragma once

#include <optional>
#include <string_view>

namespace face_privacy {

inline constexpr std::size_t kMaxGpanoLetters = 40;

// The value of GPano:NAME in an XMP packet, an attribute or an element without attributes; cut where it is
// longer than kMaxGpanoLetters, by one letter more.
std::optional<std::string_view> gpano_value(std::string_view xmp, std::string_view name);

}  // namespace face_privacy
