#include "base/byte_reader.h"

#include <gtest/gtest.h>

#include <limits>

namespace face_privacy {
namespace {

const Bytes kBytes{1, 2, 3, 4, 5, 6, 7, 8};

TEST(ByteReader, ReadsNumbersOfBothByteOrders) {
  ByteReader big(kBytes);
  EXPECT_EQ(big.u16(), 0x0102);
  EXPECT_EQ(big.u24(), 0x030405U);
  EXPECT_EQ(big.u8(), 6);
  ByteReader little(kBytes, ByteOrder::kLittle);
  EXPECT_EQ(little.u32(), 0x04030201U);
  EXPECT_EQ(little.number(3), 0x070605U);
  EXPECT_EQ(ByteReader(kBytes).u64(), 0x0102030405060708U);
  EXPECT_TRUE(big.ok() && little.ok());
}

TEST(ByteReader, GivesNothingAfterARunPastTheEnd) {
  ByteReader reader(kBytes);
  reader.skip(6);
  EXPECT_EQ(reader.u32(), 0U);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0) << "although two bytes are left";
  EXPECT_TRUE(reader.take_rest().empty());
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_FALSE(reader.consume("\7"));
  reader.seek(0);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, RefusesCountsThatOverflow) {
  constexpr auto kHuge = std::numeric_limits<std::uint64_t>::max();
  ByteReader reader(kBytes);
  reader.skip(4);
  EXPECT_TRUE(reader.take(kHuge - 3).empty());
  EXPECT_FALSE(reader.ok());
  ByteReader seeker(kBytes);
  seeker.seek(kHuge);
  EXPECT_FALSE(seeker.ok());
  EXPECT_EQ(ByteReader(kBytes).take_at_most(kHuge).size(), kBytes.size());
}

TEST(ByteReader, SeeksToTheEndButNotBeyond) {
  ByteReader reader(kBytes);
  reader.seek(kBytes.size());
  EXPECT_TRUE(reader.ok() && reader.at_end());
  reader.seek(kBytes.size() + 1);
  EXPECT_FALSE(reader.ok());
}

TEST(ByteReader, ConsumesOnlyWhatIsThere) {
  ByteReader reader(kBytes);
  EXPECT_FALSE(reader.consume("\1\3"));
  EXPECT_EQ(reader.position(), 0U);
  EXPECT_TRUE(reader.consume("\1\2"));
  EXPECT_EQ(reader.u8(), 3);
}

TEST(ByteReader, KeepsANestedReaderInItsBytes) {
  ByteReader reader(kBytes, ByteOrder::kLittle);
  ByteReader inner = reader.nested(3);
  EXPECT_EQ(inner.u16(), 0x0201);
  EXPECT_EQ(inner.u16(), 0);
  EXPECT_FALSE(inner.ok());
  EXPECT_EQ(reader.u8(), 4) << "goes on behind it";
  EXPECT_FALSE(reader.nested(5).ok());
}

}  // namespace
}  // namespace face_privacy
