#include "media/nal_filter.h"

#include <gtest/gtest.h>

#include <string>

namespace face_privacy {
namespace {

Bytes with_start_codes(std::initializer_list<Bytes> units) {
  Bytes bytes;
  for (const Bytes& unit : units) {
    bytes.insert(bytes.end(), {0, 0, 0, 1});
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  return bytes;
}

const Bytes kSlice = {0x65, 0x88, 0x84, 0x21};
const Bytes kUserData = {0x06, 5, 16, 'T', 'e', 's', 't', 0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 'p', 'l', 0x80};
const Bytes kRecoveryPoint = {0x06, 6, 1, 0xC4, 0x80};

TEST(CleanPacket, DropsUserDataAndKeepsThePicture) {
  const auto clean = clean_packet(with_start_codes({kUserData, kSlice}), NalCodec::kH264, kStartCodes);
  EXPECT_EQ(clean, with_start_codes({kSlice}));
}

TEST(CleanPacket, KeepsWhatADecoderNeedsOfAMixedMessage) {
  Bytes mixed = kUserData;
  mixed.pop_back();
  mixed.insert(mixed.end(), {6, 1, 0xC4, 0x80});
  const auto clean = clean_packet(with_start_codes({mixed, kSlice}), NalCodec::kH264, kStartCodes);
  EXPECT_EQ(clean, with_start_codes({kRecoveryPoint, kSlice}));
}

TEST(CleanPacket, DropsAMessageThatCannotBeRead) {
  const Bytes broken = {0x06, 6, 200, 1, 0x80};
  const auto clean = clean_packet(with_start_codes({broken, kSlice}), NalCodec::kH264, kStartCodes);
  EXPECT_EQ(clean, with_start_codes({kSlice}));
}

TEST(CleanPacket, DropsSecondViewsAndLayers) {
  const Bytes second_view = {0x74, 1, 2, 3};
  EXPECT_EQ(clean_packet(with_start_codes({kSlice, second_view}), NalCodec::kH264, kStartCodes),
            with_start_codes({kSlice}));
  const Bytes base = {0x26, 0x01, 9};
  const Bytes layer = {0x26, 0x09, 9};
  const Bytes dolby = {62 << 1, 0x01, 9};
  EXPECT_EQ(clean_packet(with_start_codes({base, layer, dolby}), NalCodec::kHevc, kStartCodes),
            with_start_codes({base}));
}

TEST(CleanPacket, DropsPartitionsWhichNobodyDecodes) {
  const Bytes partition = {0x62, 1, 2, 3};
  EXPECT_EQ(clean_packet(with_start_codes({partition, kSlice}), NalCodec::kH264, kStartCodes),
            with_start_codes({kSlice}));
}

TEST(CleanPacket, EndsDelimitersAndMarksWhereTheyMust) {
  EXPECT_EQ(clean_packet(with_start_codes({{9, 0xF0, 'x', 'y'}, kSlice, {10, 'x'}, {11, 'y'}}),
                         NalCodec::kH264, kStartCodes),
            with_start_codes({{9, 0xF0}, kSlice, {10}, {11}}));
  EXPECT_EQ(clean_packet(with_start_codes({{0x46, 1, 0x50, 'x'}, {0x48, 1, 'x'}, {0x4A, 1, 'y'}}),
                         NalCodec::kHevc, kStartCodes),
            with_start_codes({{0x46, 1, 0x50}, {0x48, 1}, {0x4A, 1}}));
}

TEST(CleanPacket, ReadsLengthsAndRefusesOnesThatLie) {
  const Bytes packet = {0, 0, 0, 4, 0x65, 0x88, 0x84, 0x21};
  EXPECT_EQ(clean_packet(packet, NalCodec::kH264, 4), packet);
  const Bytes lying = {0, 0, 0, 9, 0x65, 0x88};
  EXPECT_EQ(clean_packet(lying, NalCodec::kH264, 4), std::nullopt);
}

TEST(CleanHeader, TakesTheParameterSetsOfHvccAlone) {
  Bytes header(23, 0);
  header[0] = 1;
  header[21] = 3;
  header[22] = 2;
  const Bytes sets = {33, 0, 1, 0, 2, 0x42, 0x01};
  const Bytes message = {39, 0, 1, 0, 3, 0x4E, 0x01, 'x'};
  header.insert(header.end(), sets.begin(), sets.end());
  header.insert(header.end(), message.begin(), message.end());
  const auto clean = clean_header(header, NalCodec::kHevc);
  ASSERT_TRUE(clean);
  EXPECT_EQ(clean->length_bytes, 4);
  EXPECT_EQ(clean->bytes.size(), 23 + sets.size());
  EXPECT_EQ(clean->bytes[22], 1);
}

TEST(CleanHeader, CutsWhatStandsBehindAvcc) {
  const Bytes sets = {1, 66, 0, 30, 0xFF, 0xE1, 0, 2, 0x67, 0x42, 1, 0, 1, 0x68};
  Bytes header = sets;
  for (const char c : std::string("here")) header.push_back(static_cast<std::uint8_t>(c));
  const auto clean = clean_header(header, NalCodec::kH264);
  ASSERT_TRUE(clean);
  EXPECT_EQ(clean->bytes, sets);
  EXPECT_FALSE(clean_header(Bytes{1, 66, 0, 30, 0xFF, 0xE1, 0, 200}, NalCodec::kH264));
}

TEST(CleanHeader, TakesNothingForASetThatIsNone) {
  const Bytes header = {1, 100, 0,    30, 0xFF, 0xE2, 0,   2,    0x67, 0x42, 0, 3, 0x06, 'x',  'y', 2,
                        0, 1,   0x68, 0,  2,    0x09, 'z', 0xFD, 0xF8, 0xF8, 1, 0, 3,    0x6D, 'x', 'y'};
  const auto clean = clean_header(header, NalCodec::kH264);
  ASSERT_TRUE(clean);
  EXPECT_EQ(clean->bytes,
            (Bytes{1, 100, 0, 30, 0xFF, 0xE1, 0, 2, 0x67, 0x42, 1, 0, 1, 0x68, 0xFD, 0xF8, 0xF8, 0}));
}

TEST(ParameterSets, AreFoundInPacketsAndHeaders) {
  const Bytes packet = with_start_codes({{0x67, 0x42}, {0x68, 1}, kSlice});
  EXPECT_EQ(parameter_sets_in(packet, NalCodec::kH264, kStartCodes).size(), 2U);
  EXPECT_EQ(parameter_sets_of(packet, NalCodec::kH264).size(), 2U);
  const Bytes header = {1, 66, 0, 30, 0xFF, 0xE1, 0, 2, 0x67, 0x42, 1, 0, 1, 0x68};
  EXPECT_EQ(parameter_sets_of(header, NalCodec::kH264).size(), 2U);
}

TEST(ParameterSets, AreNoMessagesOfHvcc) {
  Bytes header(23, 0);
  header[0] = 1;
  header[22] = 2;
  const Bytes set = {33, 0, 1, 0, 2, 0x42, 0x01};
  const Bytes message = {39, 0, 1, 0, 2, 0x4E, 0x01};
  header.insert(header.end(), set.begin(), set.end());
  header.insert(header.end(), message.begin(), message.end());
  EXPECT_EQ(parameter_sets_of(header, NalCodec::kHevc).size(), 1U);
}

TEST(HoldsOnePicture, WhereSlicesOfH264GoOnFromTheFirstMacroblock) {
  const Bytes first = {0x65, 0b1000'0000};
  const Bytes fourth = {0x65, 0b0010'0000};
  const Bytes sixth = {0x65, 0b0011'0000};
  const auto holds_one = [](std::initializer_list<Bytes> units) {
    return holds_one_picture(with_start_codes(units), NalCodec::kH264, kStartCodes);
  };
  EXPECT_TRUE(holds_one({first}));
  EXPECT_TRUE(holds_one({kUserData, first, fourth, sixth}));
  EXPECT_FALSE(holds_one({first, first}));
  EXPECT_FALSE(holds_one({first, sixth, fourth}));
  EXPECT_FALSE(holds_one({fourth}));
}

TEST(HoldsOnePicture, WhereOneSliceOfHevcIsTheFirst) {
  const Bytes first = {0x26, 0x01, 0x80};
  const Bytes next = {0x26, 0x01, 0x40};
  const auto holds_one = [](std::initializer_list<Bytes> units) {
    return holds_one_picture(with_start_codes(units), NalCodec::kHevc, kStartCodes);
  };
  EXPECT_TRUE(holds_one({first, next, next}));
  EXPECT_FALSE(holds_one({first, next, first}));
  EXPECT_FALSE(holds_one({next}));
}

}  // namespace
}  // namespace face_privacy
