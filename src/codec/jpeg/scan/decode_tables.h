// Look-up tables that decode Huffman codes together with the bits that follow them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "codec/jpeg/scan/bits.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/huffman.h"

namespace face_privacy::jpeg {

// Any code, one bit of length after the other: for what the tables below do not hold.
struct CanonicalDecoder {
  struct Symbol {
    int symbol;
    std::uint32_t length;  // 0: no code begins with these bits
  };

  explicit CanonicalDecoder(const HuffmanSpec& spec);
  // `next_16` are the next 16 bits of the stream, whose code is known to have `shortest` bits or more.
  Symbol decode(std::uint32_t next_16, std::uint32_t shortest = 1) const;

 private:
  std::array<std::uint32_t, 18> end_;    // by length: first 16-bit prefix after the codes of it
  std::array<std::int32_t, 17> offset_;  // by length: index of a symbol less its code
  std::array<std::uint8_t, 256> symbols_;
};

// All entries keep in their low 8 bits how many bits they take. DC and AC values: bits 16..31 are
// the value, bits 8..15 of an AC entry the number of coefficients passed, the one that carries the
// value included.
inline constexpr unsigned kDcBits = 10;
inline constexpr unsigned kValueBits = 10;
inline constexpr unsigned kSkipBits = 12;
inline constexpr std::uint32_t kLongestSkip = 18;  // bits that one entry passes: three fit between refills
inline constexpr std::uint32_t kEndOfBlock = 128;  // instead of, or added to, a number of coefficients
// Takes no bits: the code is longer than the window, or (in `values`) the bits after it reach out of the
// window. Bits 16..31 are then, as for a DC value that takes no bits, a LongCode, else 0.
inline constexpr std::uint32_t kSlow = 255;

// A code that a window holds, though not the bits after it.
struct LongCode {
  std::uint32_t symbol;
  std::uint32_t length;  // 0: the window does not hold the code either

  static constexpr int pack(std::uint32_t symbol, std::uint32_t length) {
    return static_cast<int>(symbol << 8 | length);
  }
  static constexpr LongCode of(std::uint32_t entry) { return {entry >> 24, entry >> 16 & 255}; }
};

struct DcTable {
  explicit DcTable(const HuffmanSpec& spec);
  std::array<std::uint32_t, 1 << kDcBits> values;
  CanonicalDecoder canonical;
};

struct AcTable {
  explicit AcTable(const HuffmanSpec& spec);
  std::array<std::uint32_t, 1 << kValueBits> values;
  // As many symbols as have their codes within kSkipBits (what follows the last code may lie
  // outside): bits 8..15 are the number of coefficients passed, with kEndOfBlock added where the
  // last symbol ends the block.
  std::array<std::uint16_t, 1 << kSkipBits> skip;
  // One symbol in bits 8..15 and its code's length in bits 0..7; 0: ask the canonical decoder.
  std::array<std::uint16_t, 1 << kSkipBits> symbols;
  CanonicalDecoder canonical;
};

// One AC symbol, read at the reader's place and consumed with the bits after its code.
struct AcSymbol {
  std::uint8_t symbol;
  std::uint32_t code_length;  // 0: no such code
  std::uint32_t extra;        // the low 4 bits of the symbol tell how many bits

  int size() const { return symbol & 15; }
  bool ends_block() const { return size() == 0 && symbol != 0xf0; }
  int coefficients() const { return (symbol >> 4) + 1; }  // passed, its own included
};

// Of the reader's bits 31 at most are taken; it must have them.
[[gnu::always_inline]] inline AcSymbol take_ac_symbol(BitReader& reader, const AcTable& table) {
  const std::uint32_t entry = table.symbols[reader.peek(kSkipBits)];
  AcSymbol taken{static_cast<std::uint8_t>(entry >> 8), entry & 255, 0};
  if (entry == 0) [[unlikely]] {
    const auto [symbol, length] = table.canonical.decode(reader.peek(16), kSkipBits + 1);
    taken = {static_cast<std::uint8_t>(symbol), length, 0};
  }
  reader.consume(taken.code_length);
  taken.extra = static_cast<std::uint32_t>(reader.window >> 1 >> (63 - taken.size()));
  reader.consume(static_cast<std::uint32_t>(taken.size()));
  return taken;
}

// Those that a file's scan uses, by slot.
struct DecodeTables {
  std::array<std::optional<DcTable>, kTableSlots> dc;
  std::array<std::optional<AcTable>, kTableSlots> ac;

  // Nothing if a table of the scan makes no prefix code or a DC table has a size over 15.
  static std::shared_ptr<const DecodeTables> of(const Layout& layout);
};

}  // namespace face_privacy::jpeg
