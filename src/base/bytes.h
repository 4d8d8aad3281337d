#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace face_privacy {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

// The same bytes.
inline ByteView byte_view(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace face_privacy
