#include "codec/jpeg/scan/decode_tables.h"

#include <algorithm>

namespace face_privacy::jpeg {
namespace {

std::uint32_t pack(int value, std::uint32_t passed, std::uint32_t bits) {
  return static_cast<std::uint32_t>(value) << 16 | passed << 8 | bits;
}

// The value of the `size` bits that follow a code of `length` bits at the top of a window.
int value_after(std::uint32_t window, unsigned window_bits, std::uint32_t length, int size) {
  if (size == 0) return 0;
  const unsigned below = window_bits - length - static_cast<unsigned>(size);
  return extend((window >> below) & ((1U << size) - 1), size);
}

// Symbol and code length for each window of `table.symbols`.
template <std::size_t kCount>
void fill_symbols(const HuffmanSpec& spec, std::array<std::uint16_t, kCount>& symbols) {
  symbols.fill(0);
  std::size_t next_symbol = 0;
  std::size_t next_window = 0;
  for (unsigned length = 1; length <= kSkipBits; ++length) {
    for (int i = 0; i < spec.counts[length]; ++i, ++next_symbol) {
      const auto entry = static_cast<std::uint16_t>(spec.symbols[next_symbol] << 8 | length);
      const std::size_t windows = std::size_t{1} << (kSkipBits - length);
      std::fill_n(symbols.begin() + static_cast<std::ptrdiff_t>(next_window), windows, entry);
      next_window += windows;
    }
  }
}

struct Code {
  int run;
  int size;
  std::uint32_t length;

  explicit Code(std::uint16_t entry) : run(entry >> 12), size(entry >> 8 & 15), length(entry & 255U) {}
  std::uint32_t bits() const { return length + static_cast<std::uint32_t>(size); }
  // Coefficients passed, or kEndOfBlock.
  std::uint32_t passed() const {
    return size == 0 && run != 15 ? kEndOfBlock : static_cast<std::uint32_t>(run) + 1;
  }
};

std::uint32_t value_entry(std::uint16_t symbol_entry, std::uint32_t window) {
  const Code code(symbol_entry);
  if (code.length == 0 || code.length > kValueBits) return pack(0, kSlow, 0);
  if (code.bits() > kValueBits) {
    return pack(LongCode::pack(static_cast<std::uint32_t>(code.run << 4 | code.size), code.length), kSlow, 0);
  }
  return pack(value_after(window, kValueBits, code.length, code.size), code.passed(), code.bits());
}

std::uint16_t skip_entry(const std::array<std::uint16_t, 1 << kSkipBits>& symbols, std::uint32_t window) {
  constexpr std::uint32_t kMask = (1U << kSkipBits) - 1;
  std::uint32_t taken = 0;
  std::uint32_t passed = 0;
  while (taken < kSkipBits) {
    const Code code(symbols[(window << taken) & kMask]);
    if (code.length == 0 || taken + code.length > kSkipBits || taken + code.bits() > kLongestSkip) break;
    if (code.passed() != kEndOfBlock && passed + code.passed() > 63) break;
    taken += code.bits();
    passed += code.passed();
    if (code.passed() == kEndOfBlock) break;
  }
  if (taken == 0) return static_cast<std::uint16_t>(kSlow << 8);
  return static_cast<std::uint16_t>(passed << 8 | taken);
}

}  // namespace

CanonicalDecoder::CanonicalDecoder(const HuffmanSpec& spec) : symbols_(spec.symbols) {
  std::uint32_t code = 0;
  std::int32_t next = 0;
  end_[0] = 0;
  offset_[0] = 0;
  for (unsigned length = 1; length <= 16; ++length, code <<= 1) {
    offset_[length] = next - static_cast<std::int32_t>(code);
    next += spec.counts[length];
    code += spec.counts[length];
    end_[length] = code << (16 - length);
  }
  end_[17] = 0;
}

CanonicalDecoder::Symbol CanonicalDecoder::decode(std::uint32_t next_16, std::uint32_t shortest) const {
  for (unsigned length = shortest; length <= 16; ++length) {
    if (next_16 >= end_[length]) continue;
    const std::int32_t index = static_cast<std::int32_t>(next_16 >> (16 - length)) + offset_[length];
    return {symbols_[static_cast<std::size_t>(index)], length};
  }
  return {0, 0};
}

DcTable::DcTable(const HuffmanSpec& spec) : canonical(spec) {
  for (std::uint32_t window = 0; window < values.size(); ++window) {
    const auto [size, length] = canonical.decode(window << (16 - kDcBits));
    const std::uint32_t bits = length + static_cast<std::uint32_t>(size);
    if (length == 0 || length > kDcBits) {
      values[window] = 0;
    } else if (bits > kDcBits) {
      values[window] = pack(LongCode::pack(static_cast<std::uint32_t>(size), length), 0, 0);
    } else {
      values[window] = pack(value_after(window, kDcBits, length, size), 0, bits);
    }
  }
}

AcTable::AcTable(const HuffmanSpec& spec) : canonical(spec) {
  fill_symbols(spec, symbols);
  for (std::uint32_t window = 0; window < values.size(); ++window) {
    values[window] = value_entry(symbols[window << (kSkipBits - kValueBits)], window);
  }
  for (std::uint32_t window = 0; window < skip.size(); ++window) skip[window] = skip_entry(symbols, window);
}

std::shared_ptr<const DecodeTables> DecodeTables::of(const Layout& layout) {
  auto tables = std::make_shared<DecodeTables>();
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    const HuffmanSpec& dc = *layout.dc[component.dc_slot];
    const HuffmanSpec& ac = *layout.ac[component.ac_slot];
    if (!huffman_codes(dc) || !huffman_codes(ac)) return nullptr;
    const auto sizes = dc.used_symbols();
    if (std::any_of(sizes.begin(), sizes.end(), [](std::uint8_t size) { return size > 15; })) return nullptr;
    if (!tables->dc[component.dc_slot]) tables->dc[component.dc_slot].emplace(dc);
    if (!tables->ac[component.ac_slot]) tables->ac[component.ac_slot].emplace(ac);
  }
  return tables;
}

}  // namespace face_privacy::jpeg
