#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace face_privacy {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;  // 0: nothing of it is there
  bool operator==(const ByteRange&) const = default;
};

// Of a Range header (RFC 9110, 14.2), for a body of `size` bytes. Nothing where it is to be ignored: other
// units, several ranges, something that is no range.
std::optional<ByteRange> parse_byte_range(std::string_view header, std::uint64_t size);

}  // namespace face_privacy
