#include "service/http/byte_range.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

TEST(ByteRange, IsClippedToTheBody) {
  EXPECT_EQ(parse_byte_range("bytes=0-9", 100), (ByteRange{0, 10}));
  EXPECT_EQ(parse_byte_range("bytes=90-", 100), (ByteRange{90, 10}));
  EXPECT_EQ(parse_byte_range("bytes=90-1000", 100), (ByteRange{90, 10}));
  EXPECT_EQ(parse_byte_range("bytes=-7", 100), (ByteRange{93, 7}));
  EXPECT_EQ(parse_byte_range("bytes=-700", 100), (ByteRange{0, 100}));
  EXPECT_EQ(parse_byte_range("Bytes = 5-5", 100), (ByteRange{5, 1}));
  EXPECT_EQ(parse_byte_range("bytes=5-99999999999999999999999", 100), (ByteRange{5, 95}));
}

TEST(ByteRange, IsEmptyWhereNothingOfItIsThere) {
  for (const char* beyond : {"bytes=100-", "bytes=100-200", "bytes=-0", "bytes=99999999999999999999999-"}) {
    EXPECT_EQ(parse_byte_range(beyond, 100)->length, 0U) << beyond;
  }
  EXPECT_EQ(parse_byte_range("bytes=0-", 0)->length, 0U);
}

TEST(ByteRange, IsIgnoredWhereItIsNone) {
  for (const char* other : {"", "bytes", "bytes=", "bytes=-", "bytes=5", "bytes=9-5", "bytes=a-b",
                            "bytes=0-1,3-4", "lines=0-1", "bytes=+1-2", "bytes=1--2", "bytes=0x1-2"}) {
    EXPECT_FALSE(parse_byte_range(other, 100)) << other;
  }
}

}  // namespace
}  // namespace face_privacy
