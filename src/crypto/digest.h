#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace face_privacy {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(ByteView bytes);
Sha256 sha256(std::string_view text);
Sha256 sha256(std::initializer_list<ByteView> parts);  // of all of them, one behind the other

struct FileDigest {
  Sha256 sha256{};          // of `before`, then of all that is in the file
  std::uint64_t bytes = 0;  // in the file
};
// Where the descriptor stands does not matter, and it stays there. Nothing where the file cannot be read.
std::optional<FileDigest> sha256_of_file(int descriptor, std::initializer_list<ByteView> before = {});

Sha256 hmac_sha256(ByteView key, ByteView message);
bool equal_in_constant_time(const Sha256& a, const Sha256& b);

// Two digits a byte, in lower case.
std::string to_hex(ByteView bytes);

// From the generator for keys. Throws where there are none.
void fill_with_random(std::span<std::uint8_t> bytes);
Bytes random_bytes(std::size_t count);
std::string random_hex(std::size_t bytes);

}  // namespace face_privacy
