#include "media/coded_pictures.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

// VP9: mark 10, profile 0, then: shows a slot, is no key picture, is shown, resists errors.
const Bytes kVp9Key = {0b1000'0010, 0x49};
const Bytes kVp9HiddenInSlot2 = {0b1000'0100, 0b0000'0000, 0b1000'0000};
const Bytes kVp9ShownInSlot0 = {0b1000'0110, 0b0000'0000, 0b0100'0000};
const Bytes kVp9ShownInSlot2 = {0b1000'0110, 0b0000'0001, 0b0000'0000};
const Bytes kVp9ShowsSlot2 = {0b1000'1010};

Bytes superframe(std::initializer_list<Bytes> parts) {
  Bytes packet;
  const auto mark = static_cast<std::uint8_t>(0xC0 | (parts.size() - 1));
  Bytes index = {mark};
  for (const Bytes& part : parts) {
    packet.insert(packet.end(), part.begin(), part.end());
    index.push_back(static_cast<std::uint8_t>(part.size()));
  }
  index.push_back(mark);
  packet.insert(packet.end(), index.begin(), index.end());
  return packet;
}

PictureSlots after(std::initializer_list<Bytes> packets) {
  PictureSlots slots;
  for (const Bytes& packet : packets) {
    const auto pictures = vp9_pictures(packet);
    EXPECT_TRUE(pictures);
    for (const CodedPicture& picture : *pictures) slots.add(picture);
  }
  return slots;
}

TEST(CodedPictures, ReadsWhatVp9ShowsAndWhereItStays) {
  const auto pictures = vp9_pictures(superframe({kVp9HiddenInSlot2, kVp9ShownInSlot0}));
  ASSERT_TRUE(pictures);
  ASSERT_EQ(pictures->size(), 2U);
  EXPECT_FALSE((*pictures)[0].is_shown);
  EXPECT_EQ((*pictures)[0].slots, 1 << 2);
  EXPECT_TRUE((*pictures)[1].is_shown);
  EXPECT_EQ((*pictures)[1].slots, 1);
  EXPECT_EQ(vp9_pictures(kVp9Key)->front().slots, 0xFF);
  EXPECT_EQ(vp9_pictures(kVp9ShowsSlot2)->front().shows_slot, 2);
}

TEST(CodedPictures, DoesNotReadBytesBesideThePicturesOfVp9) {
  Bytes packet = superframe({kVp9HiddenInSlot2, kVp9ShownInSlot0});
  packet.insert(packet.begin(), 0x82);
  EXPECT_FALSE(vp9_pictures(packet));
  EXPECT_FALSE(vp9_pictures(Bytes{}));
  EXPECT_FALSE(vp9_pictures(Bytes{0x12}));
}

TEST(PictureSlots, WaitForWhatIsShownLater) {
  const PictureSlots before = after({kVp9Key, superframe({kVp9HiddenInSlot2, kVp9ShownInSlot0})});
  EXPECT_FALSE(before.has_lost());
  EXPECT_TRUE(before.has_waiting());
  const PictureSlots shown =
      after({kVp9Key, superframe({kVp9HiddenInSlot2, kVp9ShownInSlot0}), kVp9ShowsSlot2, kVp9ShownInSlot2});
  EXPECT_FALSE(shown.has_lost());
  EXPECT_FALSE(shown.has_waiting());
}

TEST(PictureSlots, LoseWhatGivesWayBeforeItIsShown) {
  EXPECT_TRUE(after({kVp9Key, superframe({kVp9HiddenInSlot2, kVp9ShownInSlot2})}).has_lost());
  EXPECT_TRUE(after({kVp9Key, superframe({kVp9HiddenInSlot2, kVp9Key})}).has_lost());
}

// AV1: as one unit each, with its size. Main profile, one operating point, sizes of one bit, no numbers, no
// order, screen tools and whole motion off.
const Bytes kAv1Sequence = {0x0A, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0};
// Shown; a key; changes its way of coding on the way.
const Bytes kAv1Key = {0x32, 2, 0b0001'0000, 0};
// Not shown, may be; an inter picture; then slot 1 alone.
const Bytes kAv1HiddenInSlot1 = {0x32, 3, 0b0010'1000, 0b0000'0000, 0b0100'0000};
const Bytes kAv1ShowsSlot1 = {0x1A, 1, 0b1001'0000};

Bytes joined(std::initializer_list<Bytes> units) {
  Bytes bytes;
  for (const Bytes& unit : units) bytes.insert(bytes.end(), unit.begin(), unit.end());
  return bytes;
}

TEST(CodedPictures, ReadsWhatAv1ShowsAndWhereItStays) {
  Av1Headers headers;
  const auto first = headers.pictures(joined({kAv1Sequence, kAv1Key, kAv1HiddenInSlot1}));
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 2U);
  EXPECT_TRUE((*first)[0].is_key && (*first)[0].is_shown);
  EXPECT_FALSE((*first)[1].is_key || (*first)[1].is_shown);
  EXPECT_EQ((*first)[1].slots, 1 << 1);
  const auto second = headers.pictures(kAv1ShowsSlot1);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->front().shows_slot, 1);
}

TEST(CodedPictures, KnowsNothingOfAv1WithoutItsSequence) { EXPECT_FALSE(Av1Headers().pictures(kAv1Key)); }

TEST(CodedPictures, RefusesUpperLayersOfAv1) {
  Av1Headers headers;
  const Bytes upper = {0x36, 0b0000'1000, 2, 0b0001'0000, 0};
  EXPECT_FALSE(headers.pictures(joined({kAv1Sequence, upper})));
}

}  // namespace
}  // namespace face_privacy
