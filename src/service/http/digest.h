#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace face_privacy {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view text);
std::string hex(const std::uint8_t* bytes, std::size_t size);
bool equal_in_constant_time(const Sha256& a, const Sha256& b);
std::string random_hex(std::size_t bytes);  // cryptographically strong

}  // namespace face_privacy
