#include "codec/jpeg_block_store.h"

#include <bit>
#include <new>
#include <utility>

namespace face_privacy::jpeg {
namespace {

// Photos have about this many AC values that are not zero in a block.
constexpr std::size_t kUsualValuesPerBlock = 8;

}  // namespace

BlockStore::BlockStore(const Layout& layout, SymbolCounts& counts, std::vector<bool> wanted)
    : layout_(layout),
      counts_(counts),
      wanted_(std::move(wanted)),
      blocks_per_mcu_(static_cast<std::size_t>(layout.blocks_per_mcu())) {
  const std::size_t blocks = wanted_.size() * blocks_per_mcu_;
  dc_.reserve(blocks);
  mask_.reserve(blocks);
  values_.reserve(blocks * kUsualValuesPerBlock);
  first_value_.reserve(wanted_.size());
}

bool BlockStore::next_mcu(const Block* blocks) noexcept {
  try {
    const std::size_t mcu = first_value_.size();
    if (mcu == wanted_.size()) return false;
    first_value_.push_back(values_.size());
    if (!wanted_[mcu]) {
      dc_.resize(dc_.size() + blocks_per_mcu_);
      mask_.resize(mask_.size() + blocks_per_mcu_);
      return true;
    }
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
  CodedBlock{block[0], mask, values}.for_each_ac_symbol(
      [&](std::uint8_t symbol, int, int) { ++counts[symbol]; });
}

}  // namespace face_privacy::jpeg
