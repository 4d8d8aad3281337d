#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace face_privacy {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(ByteView bytes);
Sha256 sha256(std::initializer_list<ByteView> parts);  // of all of them, one behind the other
std::string to_hex(ByteView bytes);

// From the system's generator for keys.
Bytes random_bytes(std::size_t count);

}  // namespace face_privacy
