#include "media/sound_description.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

namespace face_privacy {
namespace {

// AAC-LC, 48 kHz, two channels.
const Bytes kStereo = {0x11, 0x90};

// AAC-LC, 48 kHz, channels as listed; the list: one pair in front, no mixdown.
Bytes listed(const Bytes& comment, const Bytes& behind) {
  Bytes bytes = {0x11,
                 0x80,  // 00010 0011 0000 0 0 0
                 0b0000'0100,
                 0b1100'0100,
                 0,
                 0,
                 0b0010'0000,  // tag, LC, rate, front 1, none else, a pair
                 0};
  bytes.back() = static_cast<std::uint8_t>(comment.size());
  std::copy(comment.begin(), comment.end(), std::back_inserter(bytes));
  std::copy(behind.begin(), behind.end(), std::back_inserter(bytes));
  return bytes;
}

TEST(CleanAacDescription, LeavesAPlainOneAsItIs) { EXPECT_EQ(clean_aac_description(kStereo), kStereo); }

TEST(CleanAacDescription, TakesTheCommentOut) {
  const Bytes behind = {0x56, 0xE5, 0x00};
  EXPECT_EQ(clean_aac_description(listed({'h', 'o', 'm', 'e'}, behind)), listed({}, behind));
  EXPECT_EQ(clean_aac_description(listed({}, {})), listed({}, {}));
}

TEST(CleanAacDescription, CutsWhatStandsBehind) {
  Bytes longer = kStereo;
  longer.resize(60, 'x');
  EXPECT_LE(clean_aac_description(longer)->size(), 11U);
}

TEST(CleanAacDescription, DoesNotTakeOneThatBreaksOff) {
  Bytes broken = listed({'h', 'o', 'm', 'e'}, {});
  broken.pop_back();
  EXPECT_FALSE(clean_aac_description(broken));
  EXPECT_FALSE(clean_aac_description(Bytes{0x11}));
}

}  // namespace
}  // namespace face_privacy
