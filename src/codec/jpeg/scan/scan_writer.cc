#include "codec/jpeg/scan/scan_writer.h"

#include <algorithm>

namespace face_privacy::jpeg {
namespace {

// A code of 16 bits and a value of 15.
constexpr std::uint64_t kMostBitsOfSymbol = 31;
constexpr std::uint64_t kMostBitsOfMcu = kMostBitsOfSymbol * 64 * kMaxBlocksPerMcu;

// Calls on_dc(component, value) and on_ac(component, symbol) for each symbol of an MCU.
template <class OnDc, class OnAc>
[[gnu::always_inline]] inline void for_each_symbol(const Scan& scan, const Layout& layout, std::size_t mcu,
                                                   const OnDc& on_dc, const OnAc& on_ac) {
  BitReader reader = BitReader::at(scan.data(), scan.begin_bit(mcu));
  for (int c = 0; c < layout.component_count; ++c) {
    const Component& component = layout.components[c];
    const DcTable& dc_table = *scan.tables().dc[component.dc_slot];
    const AcTable& ac_table = *scan.tables().ac[component.ac_slot];
    int dc = scan.dc_before(mcu, c);
    for (int i = 0; i < component.blocks_per_mcu(); ++i) {
      take_dc(reader, dc_table, dc);
      on_dc(c, dc);
      for (int passed = 1; passed < 64;) {
        if (reader.count < 31) reader.refill();
        const AcSymbol symbol = take_ac_symbol(reader, ac_table);
        on_ac(c, symbol);
        if (symbol.ends_block()) break;
        passed += symbol.coefficients();
      }
    }
  }
}

}  // namespace

void count_symbols(const Scan& scan, const Layout& layout, std::size_t first, std::size_t end,
                   SymbolCounts& counts) {
  for (std::size_t mcu = first; mcu < end; ++mcu) {
    std::array<int, kMaxComponents> last{};
    for (int c = 0; c < layout.component_count; ++c) last[c] = scan.dc_before(mcu, c);
    for_each_symbol(
        scan, layout, mcu,
        [&](int c, int dc) {
          ++counts.dc[layout.components[c].dc_slot][size_of(dc - last[c])];
          last[c] = dc;
        },
        [&](int c, const AcSymbol& symbol) { ++counts.ac[layout.components[c].ac_slot][symbol.symbol]; });
  }
}

ScanWriter::ScanWriter(Bytes& file, const Layout& layout, const Scan* source)
    : layout_(layout), source_(source), bits_(file) {
  for (int i = 0; i < layout.component_count; ++i) {
    const Component& component = layout.components[i];
    const auto dc = huffman_codes(*layout.dc[component.dc_slot]);
    const auto ac = huffman_codes(*layout.ac[component.ac_slot]);
    complete_ = complete_ && dc && ac;
    if (dc) dc_codes_[component.dc_slot] = *dc;
    if (ac) ac_codes_[component.ac_slot] = *ac;
  }
}

// A code and the bits that follow it. False if there is no such code.
[[gnu::always_inline]] inline bool put_symbol(BitWriter::Tail& bits, const HuffmanCodes& codes, int symbol,
                                              std::uint32_t extra, int size) {
  const unsigned length = codes.length[symbol];
  bits.put(std::uint32_t{codes.code[symbol]} << size | extra, length + static_cast<unsigned>(size));
  return length != 0;
}

[[gnu::always_inline]] inline void ScanWriter::put_dc(BitWriter::Tail& bits, int component, int value) {
  const int difference = value - dc_[component];
  dc_[component] = value;
  const int size = size_of(difference);
  const HuffmanCodes& codes = dc_codes_[layout_.components[component].dc_slot];
  if (!put_symbol(bits, codes, size, value_bits(difference, size), size)) complete_ = false;
}

const HuffmanCodes& ScanWriter::ac_codes(int component) const {
  return ac_codes_[layout_.components[component].ac_slot];
}

template <class Put>
[[gnu::always_inline]] inline void ScanWriter::put(std::uint64_t most_bits, const Put& put) {
  bits_.reserve(most_bits);
  BitWriter::Tail tail = bits_.tail();
  put(tail);
  bits_.continue_at(tail);
}

void ScanWriter::begin_mcu() {
  const std::size_t interval = static_cast<std::size_t>(layout_.restart_interval);
  if (interval == 0 || mcus_written_ == 0 || mcus_written_ % interval != 0) return;
  bits_.put_marker(static_cast<std::uint8_t>(0xd0 + (mcus_written_ / interval - 1) % 8));
  dc_.fill(0);
}

void ScanWriter::copy(std::size_t first, std::size_t end, Spelling spelling) {
  while (first < end) {
    begin_mcu();
    const std::size_t run_end = std::min(end, source_->next_interval(first));
    copy_run(first, run_end, spelling);
    mcus_written_ += run_end - first;
    first = run_end;
  }
}

void ScanWriter::copy_run(std::size_t first, std::size_t end, Spelling spelling) {
  std::uint32_t begin = source_->begin_bit(first);
  bool same_prediction = true;
  for (int c = 0; c < layout_.component_count; ++c) {
    same_prediction = same_prediction && dc_[c] == source_->dc_before(first, c);
  }
  if (!same_prediction) begin = copy_first_mcu(first, spelling);
  copy_bits(begin, source_->end_bit(end - 1), spelling);
  for (int c = 0; c < layout_.component_count; ++c) dc_[c] = source_->dc_after(end - 1, c);
}

// Writes an MCU up to and with the last DC that depends on MCUs before; returns where the rest begins.
std::uint32_t ScanWriter::copy_first_mcu(std::size_t mcu, Spelling spelling) {
  std::uint32_t begin = source_->begin_bit(mcu);
  BitReader reader = BitReader::at(source_->data(), begin);
  for (int c = 0; c < layout_.component_count; ++c) {
    const Component& component = layout_.components[c];
    const DcTable& dc_table = *source_->tables().dc[component.dc_slot];
    const AcTable& ac_table = *source_->tables().ac[component.ac_slot];
    int dc = source_->dc_before(mcu, c);
    for (int i = 0; i < component.blocks_per_mcu(); ++i) {
      if (i == 0) copy_bits(begin, reader.position(source_->data()), spelling);
      take_dc(reader, dc_table, dc);
      if (i == 0) {
        put(kMostBitsOfSymbol, [&](BitWriter::Tail& bits) { put_dc(bits, c, dc); });
        begin = reader.position(source_->data());
      }
      for (int passed = 1; passed < 64;) {
        reader.refill();
        const AcSymbol symbol = take_ac_symbol(reader, ac_table);
        if (symbol.ends_block()) break;
        passed += symbol.coefficients();
      }
    }
  }
  return begin;
}

void ScanWriter::copy_bits(std::uint32_t begin, std::uint32_t end, Spelling spelling) {
  if (spelling == Spelling::kRareAnew) {
    const auto& rare = *source_->rare_symbols();
    auto next =
        std::lower_bound(rare.begin(), rare.end(), begin,
                         [](const RareSymbol& symbol, std::uint32_t bit) { return symbol.bit < bit; });
    for (; next != rare.end() && next->bit < end; ++next) {
      bits_.copy(source_->data(), begin, next->bit);
      const int slot = layout_.components[next->component].ac_slot;
      BitReader reader = BitReader::at(source_->data(), next->bit);
      reader.refill();
      const AcSymbol symbol = take_ac_symbol(reader, *source_->tables().ac[slot]);
      put(kMostBitsOfSymbol, [&](BitWriter::Tail& bits) {
        if (!put_symbol(bits, ac_codes(next->component), symbol.symbol, 0, 0)) complete_ = false;
      });
      begin = next->bit + symbol.code_length;
    }
  }
  bits_.copy(source_->data(), begin, end);
}

void ScanWriter::recode(std::size_t first, std::size_t end) {
  for (std::size_t mcu = first; mcu < end; ++mcu, ++mcus_written_) {
    begin_mcu();
    put(kMostBitsOfMcu, [&](BitWriter::Tail& bits) {
      for_each_symbol(
          *source_, layout_, mcu, [&](int c, int dc) { put_dc(bits, c, dc); },
          [&](int c, const AcSymbol& symbol) {
            if (!put_symbol(bits, ac_codes(c), symbol.symbol, symbol.extra, symbol.size())) complete_ = false;
          });
    });
  }
}

template <class Blocks>
void ScanWriter::put_mcus(Blocks& blocks, std::size_t first, std::size_t end) {
  for (std::size_t mcu = first; mcu < end; ++mcu, ++mcus_written_) {
    begin_mcu();
    put(kMostBitsOfMcu, [&](BitWriter::Tail& bits) {
      blocks.for_each_block(
          mcu, [&](int c, const auto& block) __attribute__((always_inline)) {
            put_dc(bits, c, block.dc);
            const HuffmanCodes& codes = ac_codes(c);
            bool complete = true;
            block.for_each_ac_symbol([&](std::uint8_t symbol, int value, int size) {
              complete &= put_symbol(bits, codes, symbol, value_bits(value, size), size);
            });
            if (!complete) complete_ = false;
          });
    });
  }
}

void ScanWriter::insert(const BlockStore& store, std::size_t first, std::size_t end) {
  put_mcus(store, first, end);
}

void ScanWriter::insert(const Coefficients& picture, std::size_t first, std::size_t end) {
  put_mcus(picture, first, end);
}

void ScanWriter::insert(TurnedScan& turned, std::size_t first, std::size_t end) {
  put_mcus(turned, first, end);
}

void ScanWriter::finish() {
  bits_.put_marker(0xd9);
  bits_.finish();
}

}  // namespace face_privacy::jpeg
