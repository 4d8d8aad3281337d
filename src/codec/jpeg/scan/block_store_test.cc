#include "codec/jpeg/scan/block_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace face_privacy::jpeg {
namespace {

TEST(BlockStore, PacksTheValuesThatAreNotZeroInZigzagOrderOnEveryProcessor) {
  std::mt19937 random(1);
  for (unsigned round = 0; round < 2000; ++round) {
    const unsigned one_in = 1 + round % 64;
    Block block;
    for (std::int16_t& value : block) {
      value = random() % one_in == 0 ? static_cast<std::int16_t>(random()) : std::int16_t{0};
    }
    std::vector<std::int16_t> expected;
    std::uint64_t expected_mask = 0;
    for (std::size_t n = 1; n < 64; ++n) {
      const std::int16_t value = block[kNaturalOrder[n]];
      if (value == 0) continue;
      expected.push_back(value);
      expected_mask |= std::uint64_t{1} << n;
    }
    for (const auto pack : {pack_block, pack_block_portably}) {
      std::array<std::int16_t, 64> values{};
      const PackedBlock packed = pack(block, values.data());
      ASSERT_EQ(packed.mask, expected_mask);
      ASSERT_EQ(packed.count, static_cast<int>(expected.size()));
      ASSERT_TRUE(std::equal(expected.begin(), expected.end(), values.begin()));
    }
  }
}

}  // namespace
}  // namespace face_privacy::jpeg
