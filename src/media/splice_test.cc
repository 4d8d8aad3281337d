#include "media/splice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "media/nal_filter.h"

namespace face_privacy {
namespace {

const Bytes kBaselineSet = {0x67, 66, 0xC0, 30, 0x8D, 1};  // number 0
const Bytes kPictureSet = {0x68, 0xCE, 1};
const Bytes kHighSet = {0x67, 100, 0, 40, 0x48, 2};  // number 1
const Bytes kSecondPictureSet = {0x68, 0x4A, 2};

Bytes avcc(std::uint8_t profile) {
  Bytes set = kBaselineSet;
  set[1] = profile;
  Bytes bytes = {1, profile, 0xC0, 30, 0xFF, 0xE1, 0, 6};
  for (const Bytes& part : {set, Bytes{1, 0, 3}, kPictureSet}) {
    std::copy(part.begin(), part.end(), std::back_inserter(bytes));
  }
  return bytes;
}

Bytes with_start_codes(std::initializer_list<Bytes> units) {
  Bytes bytes;
  for (const Bytes& unit : units) append_unit(unit, kStartCodes, bytes);
  return bytes;
}

TEST(JoinHeaders, HoldsTheSetsOfBothAndWhatBothNeed) {
  const auto joined = join_headers(avcc(66), with_start_codes({kHighSet, kSecondPictureSet}));
  Bytes expected = {1, 100, 0, 40, 0xFF, 0xE2, 0, 6};
  expected.insert(expected.end(), kBaselineSet.begin(), kBaselineSet.end());
  expected.insert(expected.end(), {0, 6});
  expected.insert(expected.end(), kHighSet.begin(), kHighSet.end());
  expected.insert(expected.end(), {2, 0, 3});
  expected.insert(expected.end(), kPictureSet.begin(), kPictureSet.end());
  expected.insert(expected.end(), {0, 3});
  expected.insert(expected.end(), kSecondPictureSet.begin(), kSecondPictureSet.end());
  expected.insert(expected.end(), {0xFD, 0xF8, 0xF8, 0});
  EXPECT_EQ(joined, expected);
}

TEST(JoinHeaders, RefusesWhatItCannotDescribe) {
  EXPECT_FALSE(join_headers(avcc(66), {}));
  EXPECT_FALSE(join_headers(avcc(66), with_start_codes({kSecondPictureSet})));
  EXPECT_FALSE(join_headers(with_start_codes({kBaselineSet}), with_start_codes({kHighSet})));
  Bytes ten_bits = kHighSet;
  ten_bits[1] = 110;
  EXPECT_FALSE(join_headers(avcc(66), with_start_codes({ten_bits})));
}

TEST(WithLengths, PutsLengthsInPlaceOfStartCodes) {
  EXPECT_EQ(with_lengths(with_start_codes({{0x65, 1}, {0x41, 2, 3}}), 2),
            (Bytes{0, 2, 0x65, 1, 0, 3, 0x41, 2, 3}));
}

TEST(WithLengths, RefusesAUnitThatItsLengthCannotTell) {
  EXPECT_FALSE(with_lengths(with_start_codes({Bytes(256, 7)}), 1));
  EXPECT_TRUE(with_lengths(with_start_codes({Bytes(255, 7)}), 1));
}

}  // namespace
}  // namespace face_privacy
