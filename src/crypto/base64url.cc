#include "crypto/base64url.h"

#include <cstdint>

namespace face_privacy {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr int kLetterBits = 6;
constexpr int kByteBits = 8;

}  // namespace

std::string to_base64url(ByteView bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << kByteBits | byte;
    for (count += kByteBits; count >= kLetterBits;) {
      count -= kLetterBits;
      text += kLetters[bits >> count & 63];
    }
  }
  if (count > 0) text += kLetters[bits << (kLetterBits - count) & 63];
  return text;
}

std::optional<Bytes> from_base64url(std::string_view text) {
  Bytes bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const std::size_t value = kLetters.find(letter);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << kLetterBits | static_cast<std::uint32_t>(value);
    count += kLetterBits;
    if (count < kByteBits) continue;
    count -= kByteBits;
    bytes.push_back(static_cast<std::uint8_t>(bits >> count));
  }
  const std::uint32_t left_over = bits & ((1U << count) - 1);
  if (count >= kLetterBits || left_over != 0) return std::nullopt;
  return bytes;
}

}  // namespace face_privacy
