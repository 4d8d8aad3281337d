#include "codec/jpeg/scan/block_store.h"

#include <bit>

namespace face_privacy::jpeg {
namespace {

// Photos have about this many AC values that are not zero in a block.
constexpr std::size_t kUsualValuesPerBlock = 8;

}  // namespace

BlockStore::BlockStore(const Layout& layout, std::size_t mcu_count)
    : layout_(layout), blocks_per_mcu_(static_cast<std::size_t>(layout.blocks_per_mcu())) {
  const std::size_t blocks = mcu_count * blocks_per_mcu_;
  dc_.reserve(blocks);
  mask_.reserve(blocks);
  values_.reserve(blocks * kUsualValuesPerBlock);
  first_value_.reserve(mcu_count);
  skipped_.reserve(mcu_count);
}

void BlockStore::add_mcu(const Block* blocks) {
  first_value_.push_back(values_.size());
  skipped_.push_back(false);
  for (std::size_t i = 0; i < blocks_per_mcu_; ++i) add(blocks[i]);
}

void BlockStore::skip_mcu() {
  first_value_.push_back(values_.size());
  skipped_.push_back(true);
  dc_.resize(dc_.size() + blocks_per_mcu_);
  mask_.resize(mask_.size() + blocks_per_mcu_);
}

void BlockStore::add(const Block& block) {
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
}

void BlockStore::count_ac_symbols(SymbolCounts& counts) const {
  for (std::size_t mcu = 0; mcu < first_value_.size(); ++mcu) {
    if (skipped_[mcu]) continue;
    for_each_block(mcu, [&](int component, const CodedBlock& block) {
      auto& ac = counts.ac[layout_.components[component].ac_slot];
      block.for_each_ac_symbol([&](std::uint8_t symbol, int, int) { ++ac[symbol]; });
    });
  }
}

}  // namespace face_privacy::jpeg
