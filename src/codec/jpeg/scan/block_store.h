// Blocks that are to be written into a scan, kept small.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/jpeg/scan/symbols.h"

namespace face_privacy::jpeg {

// Bit i: coefficient i is not zero.
inline std::uint64_t nonzero_mask(const Block& block) {
  std::uint64_t mask = 0;
#if defined(__SSE2__)
  const __m128i zero = _mm_setzero_si128();
  for (int i = 0; i < 64; i += 16) {
    const auto* const at = reinterpret_cast<const __m128i*>(block + i);
    const __m128i low = _mm_cmpeq_epi16(_mm_loadu_si128(at), zero);
    const __m128i high = _mm_cmpeq_epi16(_mm_loadu_si128(at + 1), zero);
    const auto zeros = static_cast<std::uint64_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high)));
    mask |= (zeros ^ 0xffff) << i;
  }
#else
  for (int i = 0; i < 64; ++i) mask |= std::uint64_t{block[i] != 0} << i;
#endif
  return mask;
}

// The AC values of a block that are not zero, in zigzag order. `values` has room for 64, though fewer count.
struct PackedBlock {
  std::uint64_t mask;  // bit n: the n-th coefficient is one of them
  int count;
};
PackedBlock pack_block(const Block& block, std::int16_t* values);
// The same for any processor.
PackedBlock pack_block_portably(const Block& block, std::int16_t* values);

class BlockStore {
 public:
  // With room for `mcu_count` MCUs of the layout, which must outlive it.
  BlockStore(const Layout& layout, std::size_t mcu_count);

  void add_mcu(const Block* blocks);
  // Has no blocks, but its number.
  void skip_mcu();

  // Adds the AC symbols that the blocks need.
  void count_ac_symbols(SymbolCounts& counts) const;

  // The AC values of a block are those of the bits set in `mask`, in zigzag order.
  struct CodedBlock {
    int dc;
    std::uint64_t mask;
    const std::int16_t* values;

    template <class Emit>
    [[gnu::always_inline]] void for_each_ac_symbol(const Emit& emit) const {
      const std::int16_t* next = values;
      jpeg::for_each_ac_symbol(
          mask, [&](int) { return *next++; }, emit);
    }
  };
  // Calls visit(component, block) for each block of an MCU that was not skipped.
  template <class Visit>
  void for_each_block(std::size_t mcu, const Visit& visit) const;

 private:
  struct Stored {
    std::uint64_t mask = 0;
    std::size_t first_value = 0;
    std::int16_t dc = 0;
  };

  void add(const Block& block);

  const Layout& layout_;
  std::size_t blocks_per_mcu_;
  std::vector<Stored> blocks_;
  std::vector<std::int16_t> values_;  // with room for a block's more
  std::size_t values_used_ = 0;
  std::vector<bool> skipped_;  // by MCU
};

template <class Visit>
[[gnu::always_inline]] inline void BlockStore::for_each_block(std::size_t mcu, const Visit& visit) const {
  const Stored* block = blocks_.data() + mcu * blocks_per_mcu_;
  for (int c = 0; c < layout_.component_count; ++c) {
    for (int i = 0; i < layout_.components[c].blocks_per_mcu(); ++i, ++block) {
      visit(c, CodedBlock{block->dc, block->mask, values_.data() + block->first_value});
    }
  }
}

}  // namespace face_privacy::jpeg
