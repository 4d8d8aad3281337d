#include "codec/jpeg_block_store.h"

#include <array>
#include <bit>
#include <new>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace face_privacy::jpeg {
namespace {

// Photos have about this many AC values that are not zero in a block.
constexpr std::size_t kUsualValuesPerBlock = 8;

// The inverse of kNaturalOrder.
constexpr std::array<std::uint8_t, 64> make_zigzag_order() {
  std::array<std::uint8_t, 64> order{};
  for (std::size_t n = 0; n < 64; ++n) order[kNaturalOrder[n]] = static_cast<std::uint8_t>(n);
  return order;
}
constexpr auto kZigzagOrder = make_zigzag_order();

// Bit i: coefficient i is not zero.
std::uint64_t nonzero_mask(const Block& block) {
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

}  // namespace

BlockStore::BlockStore(const Layout& layout, SymbolCounts& counts, std::size_t expected_mcus)
    : layout_(layout), counts_(counts), blocks_per_mcu_(static_cast<std::size_t>(layout.blocks_per_mcu())) {
  const std::size_t blocks = expected_mcus * blocks_per_mcu_;
  dc_.reserve(blocks);
  mask_.reserve(blocks);
  values_.reserve(blocks * kUsualValuesPerBlock);
  first_value_.reserve(expected_mcus);
}

bool BlockStore::next_mcu(const Block* blocks) noexcept {
  try {
    first_value_.push_back(values_.size());
    for (int c = 0; c < layout_.component_count; ++c) {
      for (int i = 0; i < layout_.components[c].blocks_per_mcu(); ++i) add(*blocks++, c);
    }
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void BlockStore::add(const Block& block, int component) {
  std::uint64_t mask = 0;
  for (std::uint64_t rest = nonzero_mask(block) & ~std::uint64_t{1}; rest != 0; rest &= rest - 1) {
    mask |= std::uint64_t{1} << kZigzagOrder[std::countr_zero(rest)];
  }
  std::int16_t values[63];
  std::size_t count = 0;
  for (std::uint64_t rest = mask; rest != 0; rest &= rest - 1) {
    values[count++] = block[kNaturalOrder[std::countr_zero(rest)]];
  }
  dc_.push_back(block[0]);
  mask_.push_back(mask);
  values_.insert(values_.end(), values, values + count);
  auto& counts = counts_.ac[layout_.components[component].ac_slot];
  for_each_ac_symbol(mask, values, [&](std::uint8_t symbol, int, int) { ++counts[symbol]; });
}

}  // namespace face_privacy::jpeg
