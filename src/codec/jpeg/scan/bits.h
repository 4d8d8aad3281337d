// Bits of an entropy-coded scan, most significant first, without the zero bytes that JPEG stuffs
// after each 0xff.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace face_privacy::jpeg {

// Readers look ahead: whoever lends them bytes keeps at least this many readable bytes after the
// end. One MCU of garbage takes at most 10 blocks of 64 symbols of 31 bits.
inline constexpr std::size_t kReadablePastEnd = 4096;

inline std::uint64_t load_big_endian_64(const std::uint8_t* from) {
  std::uint64_t word;
  std::memcpy(&word, from, sizeof word);
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  return word;
}

inline void store_big_endian_64(std::uint8_t* to, std::uint64_t word) {
  if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  std::memcpy(to, &word, sizeof word);
}

// `window` holds the next `count` bits at its top; below them lie either zeros or the bits that
// follow in the stream.
struct BitReader {
  const std::uint8_t* next = nullptr;
  std::uint64_t window = 0;
  std::uint32_t count = 0;

  static BitReader at(const std::uint8_t* base, std::uint32_t bit) {
    BitReader reader{base + (bit >> 3), 0, 0};
    reader.refill();
    reader.consume(bit & 7);
    return reader;
  }

  // Afterwards at least 56 bits are there.
  [[gnu::always_inline]] void refill() {
    window |= load_big_endian_64(next) >> count;
    next += (63 - count) >> 3;
    count |= 56;
  }
  // `bits` in 1..56, of which all must be there.
  [[gnu::always_inline]] std::uint32_t peek(unsigned bits) const {
    return static_cast<std::uint32_t>(window >> (64 - bits));
  }
  // `bits` in 0..56
  [[gnu::always_inline]] void consume(std::uint32_t bits) {
    window <<= bits & 63;
    count -= bits;
  }
  [[gnu::always_inline]] std::uint32_t position(const std::uint8_t* base) const {
    return static_cast<std::uint32_t>((next - base) * 8) - count;
  }
};

// The value of `size` (1..16) bits as T.81 F.2.2.1 codes it: the upper half is positive.
inline int extend(std::uint32_t bits, int size) {
  const int value = static_cast<int>(bits);
  return value < (1 << (size - 1)) ? value - (1 << size) + 1 : value;
}

}  // namespace face_privacy::jpeg
