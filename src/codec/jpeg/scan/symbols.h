// The symbols that a block is coded with (T.81 F.1.2).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>

#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

inline constexpr std::uint8_t kZeroRun16 = 0xf0;
inline constexpr std::uint8_t kEndOfBlockSymbol = 0;

// How often each DC size and each AC symbol is used, by table slot.
struct SymbolCounts {
  std::array<std::array<std::uint64_t, 256>, kTableSlots> dc{};
  std::array<std::array<std::uint64_t, 256>, kTableSlots> ac{};
};

inline int size_of(int value) { return std::bit_width(static_cast<unsigned>(std::abs(value))); }

// The bits that follow the code of a value: negative ones are stored less one.
inline std::uint32_t value_bits(int value, int size) {
  const int stored = value < 0 ? value - 1 : value;
  return static_cast<std::uint32_t>(stored) & ((1U << size) - 1);
}

// Calls emit(symbol, value, size) for each AC symbol of a block whose values are not zero where
// `mask` has a bit; bit n is the n-th coefficient in zigzag order. `value_at(n)` is asked in this order.
template <class ValueAt, class Emit>
[[gnu::always_inline]] inline void for_each_ac_symbol(std::uint64_t mask, const ValueAt& value_at,
                                                      const Emit& emit) {
  int last = 0;
  while (mask != 0) {
    const int at = std::countr_zero(mask);
    mask &= mask - 1;
    int run = at - last - 1;
    for (; run > 15; run -= 16) emit(kZeroRun16, 0, 0);
    const int value = value_at(at);
    const int size = size_of(value);
    emit(static_cast<std::uint8_t>(run << 4 | size), value, size);
    last = at;
  }
  if (last != 63) emit(kEndOfBlockSymbol, 0, 0);
}

struct ZigzagBlock {
  int dc;
  std::uint64_t mask;          // bit n: the n-th AC value is not zero
  const std::int16_t* values;  // by n

  template <class Emit>
  [[gnu::always_inline]] void for_each_ac_symbol(const Emit& emit) const {
    jpeg::for_each_ac_symbol(
        mask, [this](int at) { return values[at]; }, emit);
  }
};

// Adds what a scan of all MCUs of `mcus` needs of the tables of `layout`.
template <class Mcus>
void count_all_symbols(Mcus& mcus, const Layout& layout, SymbolCounts& counts) {
  std::array<int, kMaxComponents> last{};
  for (std::size_t mcu = 0; mcu < layout.mcu_count(); ++mcu) {
    mcus.for_each_block(mcu, [&](int c, const ZigzagBlock& block) {
      const Component& component = layout.components[c];
      ++counts.dc[component.dc_slot][size_of(block.dc - last[c])];
      last[c] = block.dc;
      auto& ac = counts.ac[component.ac_slot];
      block.for_each_ac_symbol([&](std::uint8_t symbol, int, int) { ++ac[symbol]; });
    });
  }
}

}  // namespace face_privacy::jpeg
