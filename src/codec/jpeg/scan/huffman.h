// Huffman tables of JPEG (ITU-T T.81 annexes C, F and K).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace face_privacy::jpeg {

// As a DHT segment gives it: how many codes of each length 1..16, and their symbols in code order.
struct HuffmanSpec {
  std::array<std::uint8_t, 17> counts{};  // counts[0] is not used
  std::array<std::uint8_t, 256> symbols{};

  int symbol_count() const;
  std::span<const std::uint8_t> used_symbols() const {
    return std::span(symbols).first(static_cast<std::size_t>(symbol_count()));
  }
  bool operator==(const HuffmanSpec&) const = default;
};

// The codes of a table, by symbol; length 0: the table has no code for it.
struct HuffmanCodes {
  std::array<std::uint16_t, 256> code{};
  std::array<std::uint8_t, 256> length{};
};

// Nothing if the lengths do not make a prefix code that leaves the code of all ones free.
std::optional<HuffmanCodes> huffman_codes(const HuffmanSpec& spec);

// The table with further symbols, whose codes are longer than or as long as the longest it has, so
// that every code it had stays the same: a stream written with the old table reads the same with
// the new one. Nothing if the code space left over does not suffice.
std::optional<HuffmanSpec> extended_with(const HuffmanSpec& spec, std::span<const std::uint8_t> symbols);

// The same where that space does not suffice: all codes of up to `kept_bits` bits stay as they are,
// longer ones change.
std::optional<HuffmanSpec> extended_beyond(const HuffmanSpec& spec, int kept_bits,
                                           std::span<const std::uint8_t> symbols);

// The best table for these symbol counts, with code lengths up to 16 (T.81 K.2).
HuffmanSpec optimal_table(std::span<const std::uint64_t, 256> frequencies);

// The tables that T.81 K.3 suggests; they hold every symbol an 8-bit baseline file can need.
const HuffmanSpec& standard_dc_table(bool chroma);
const HuffmanSpec& standard_ac_table(bool chroma);

}  // namespace face_privacy::jpeg
