#include "codec/jpeg/scan/block_store.h"

#include <algorithm>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace face_privacy::jpeg {
namespace {

// Photos have about this many AC values that are not zero in a block.
constexpr std::size_t kUsualValuesPerBlock = 8;

#if defined(__x86_64__)

alignas(64) constexpr auto kOrder16 = [] {
  std::array<std::uint16_t, 64> order{};
  std::copy(kNaturalOrder.begin(), kNaturalOrder.end(), order.begin());
  return order;
}();

// The upper bits of a mask shifted there, the values behind those of the lower half.
[[gnu::target("avx512f,avx512bw,avx512vbmi2,popcnt")]] PackedBlock pack_block_vbmi2(const Block& block,
                                                                                    std::int16_t* values) {
  const __m512i upper = _mm512_loadu_si512(block);
  const __m512i lower = _mm512_loadu_si512(block + 32);
  const __m512i first = _mm512_permutex2var_epi16(upper, _mm512_load_si512(kOrder16.data()), lower);
  const __m512i second = _mm512_permutex2var_epi16(upper, _mm512_load_si512(kOrder16.data() + 32), lower);
  const __mmask32 in_first = _mm512_test_epi16_mask(first, first) & ~1U;  // without the DC value
  const __mmask32 in_second = _mm512_test_epi16_mask(second, second);
  const int count = std::popcount(in_first);
  _mm512_storeu_si512(values, _mm512_maskz_compress_epi16(in_first, first));
  _mm512_storeu_si512(values + count, _mm512_maskz_compress_epi16(in_second, second));
  return {std::uint64_t{in_second} << 32 | in_first, count + std::popcount(in_second)};
}

bool has_vbmi2() {
  static const bool has = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
  return has;
}

#endif

}  // namespace

PackedBlock pack_block_portably(const Block& block, std::int16_t* values) {
  std::uint64_t mask = 0;
  for (std::uint64_t rest = nonzero_mask(block) & ~std::uint64_t{1}; rest != 0; rest &= rest - 1) {
    mask |= std::uint64_t{1} << kZigzagOrder[std::countr_zero(rest)];
  }
  int count = 0;
  for (std::uint64_t rest = mask; rest != 0; rest &= rest - 1) {
    values[count++] = block[kNaturalOrder[std::countr_zero(rest)]];
  }
  return {mask, count};
}

PackedBlock pack_block(const Block& block, std::int16_t* values) {
#if defined(__x86_64__)
  if (has_vbmi2()) return pack_block_vbmi2(block, values);
#endif
  return pack_block_portably(block, values);
}

BlockStore::BlockStore(const Layout& layout, std::size_t mcu_count)
    : layout_(layout), blocks_per_mcu_(static_cast<std::size_t>(layout.blocks_per_mcu())) {
  blocks_.reserve(mcu_count * blocks_per_mcu_);
  values_.resize(mcu_count * blocks_per_mcu_ * kUsualValuesPerBlock + 64);
  skipped_.reserve(mcu_count);
}

void BlockStore::add_mcu(const Block* blocks) {
  skipped_.push_back(false);
  for (std::size_t i = 0; i < blocks_per_mcu_; ++i) add(blocks[i]);
}

void BlockStore::skip_mcu() {
  skipped_.push_back(true);
  blocks_.resize(blocks_.size() + blocks_per_mcu_);
}

void BlockStore::add(const Block& block) {
  if (values_.size() < values_used_ + 64) values_.resize(2 * values_.size());
  const PackedBlock packed = pack_block(block, values_.data() + values_used_);
  blocks_.push_back({packed.mask, values_used_, block[0]});
  values_used_ += static_cast<std::size_t>(packed.count);
}

void BlockStore::count_ac_symbols(SymbolCounts& counts) const {
  for (std::size_t mcu = 0; mcu < skipped_.size(); ++mcu) {
    if (skipped_[mcu]) continue;
    for_each_block(mcu, [&](int component, const CodedBlock& block) {
      auto& ac = counts.ac[layout_.components[component].ac_slot];
      block.for_each_ac_symbol([&](std::uint8_t symbol, int, int) { ++ac[symbol]; });
    });
  }
}

}  // namespace face_privacy::jpeg
