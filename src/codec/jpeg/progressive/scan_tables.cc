#include "codec/jpeg/progressive/scan_tables.h"

#include <algorithm>

namespace face_privacy::jpeg {
namespace {

std::uint32_t first_entry(std::uint32_t symbol_entry, std::uint32_t window) {
  const std::uint32_t length = symbol_entry & 255;
  const std::uint32_t run = symbol_entry >> 12;
  const std::uint32_t size = symbol_entry >> 8 & 15;
  if (length == 0 || length + size > kProgressiveWindowBits) return 0;
  if (size == 0) return run == 15 ? 16U << 8 | length : run << 16 | length;
  const std::uint32_t below = kProgressiveWindowBits - length - size;
  const int value = extend(window >> below & ((1U << size) - 1), static_cast<int>(size));
  return static_cast<std::uint32_t>(value) << 16 | (run + 1) << 8 | (length + size);
}

}  // namespace

SymbolTable::SymbolTable(const HuffmanSpec& spec) : canonical(spec) {
  symbols.fill(0);
  auto next_symbol = spec.symbols.begin();
  auto next_window = symbols.begin();
  for (unsigned length = 1; length <= kProgressiveWindowBits; ++length) {
    for (int i = 0; i < spec.counts[length]; ++i, ++next_symbol) {
      const auto entry = static_cast<std::uint16_t>(*next_symbol << 8 | length);
      next_window = std::fill_n(next_window, 1U << (kProgressiveWindowBits - length), entry);
    }
  }
}

FirstTable::FirstTable(const HuffmanSpec& spec) : table(spec) {
  for (std::uint32_t window = 0; window < values.size(); ++window)
    values[window] = first_entry(table.symbols[window], window);
}

}  // namespace face_privacy::jpeg
