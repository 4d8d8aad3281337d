// Look-up tables for the symbols of a progressive scan. Each scan has tables of its own and is read once, so
// they are quick to make.
#pragma once

#include <array>
#include <cstdint>

#include "codec/jpeg/scan/bits.h"
#include "codec/jpeg/scan/decode_tables.h"
#include "codec/jpeg/scan/huffman.h"

namespace face_privacy::jpeg {

inline constexpr unsigned kProgressiveWindowBits = 10;

// A code and the bits that may follow it: of a value 15, of a run of ended blocks 14.
inline constexpr std::uint32_t kMostBitsOfProgressiveSymbol = 31;

struct SymbolTable {
  explicit SymbolTable(const HuffmanSpec& spec);

  // A symbol in bits 8..15 and its code's length in bits 0..7; 0: ask the canonical decoder.
  std::array<std::uint16_t, 1 << kProgressiveWindowBits> symbols;
  CanonicalDecoder canonical;
};

// For first scans of AC coefficients. Bits 0..7: how many bits are taken; 8..15: coefficients passed, or 0
// where the symbol ends the block; 16..31: the value, or the size of the run of ended blocks, which follows.
// 0: the symbol and what follows do not fit.
struct FirstTable {
  explicit FirstTable(const HuffmanSpec& spec);

  SymbolTable table;
  std::array<std::uint32_t, 1 << kProgressiveWindowBits> values;
};

// Takes the code of one symbol, of at most 16 bits, which the reader must have. Negative: there is no such
// code.
[[gnu::always_inline]] inline int take_symbol(BitReader& reader, const SymbolTable& table) {
  const std::uint32_t entry = table.symbols[reader.peek(kProgressiveWindowBits)];
  if (entry != 0) [[likely]] {
    reader.consume(entry & 255);
    return static_cast<int>(entry >> 8);
  }
  const auto [symbol, length] = table.canonical.decode(reader.peek(16), kProgressiveWindowBits + 1);
  reader.consume(length);
  return length == 0 ? -1 : symbol;
}

// The next `count` (0..16) bits, which the reader must have.
[[gnu::always_inline]] inline std::uint32_t take_bits(BitReader& reader, int count) {
  const auto bits = static_cast<std::uint32_t>(reader.window >> 1 >> (63 - count));
  reader.consume(static_cast<std::uint32_t>(count));
  return bits;
}

[[gnu::always_inline]] inline void refill_for(BitReader& reader, std::uint32_t bits) {
  if (reader.count < bits) reader.refill();
}

}  // namespace face_privacy::jpeg
