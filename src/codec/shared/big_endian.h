#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace face_privacy {

inline std::uint32_t big_endian_u32(ByteView bytes, std::size_t offset) {
  assert(offset + 4 <= bytes.size());
  return std::uint32_t{bytes[offset]} << 24 | std::uint32_t{bytes[offset + 1]} << 16 |
         std::uint32_t{bytes[offset + 2]} << 8 | bytes[offset + 3];
}

inline void append_big_endian_u32(std::uint32_t value, Bytes& bytes) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

}  // namespace face_privacy
