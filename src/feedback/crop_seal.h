// Crops are sealed to the operator's public key (libsodium's crypto_box_seal: X25519, XSalsa20-Poly1305): who
// has the public key alone can write and not read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// As a line of text: "face-privacy-feedback-public 1 " and 43 letters of base64url.
class CropSeal {
 public:
  static Result<CropSeal> parse(std::string_view text);  // kInvalidOption

  std::string text() const;
  Bytes seal(ByteView crop) const;  // 48 bytes longer

 private:
  friend class CropKey;
  CropSeal() = default;
  std::array<std::uint8_t, 32> public_key_{};
};

// The private half, likewise with "private". Wiped when it goes.
class CropKey {
 public:
  static CropKey generate();
  static Result<CropKey> parse(std::string_view text);  // kInvalidOption
  CropKey(CropKey&&) noexcept = default;
  ~CropKey();

  std::string text() const;
  CropSeal seal() const;
  // kInvalidOption: sealed to another key, or changed since.
  Result<Bytes> open(ByteView sealed) const;

 private:
  CropKey() = default;
  std::array<std::uint8_t, 32> private_key_{};
};

}  // namespace face_privacy
