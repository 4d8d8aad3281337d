#include "feedback/crop_seal.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace face_privacy {
namespace {

const Bytes kCrop{0xFF, 0xD8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

TEST(CropSeal, IsOpenedByItsKeyAlone) {
  const CropKey key = CropKey::generate();
  const Bytes sealed = key.seal().seal(kCrop);
  EXPECT_EQ(std::search(sealed.begin(), sealed.end(), kCrop.begin(), kCrop.begin() + 6), sealed.end());
  EXPECT_EQ(*key.open(sealed), kCrop);
  EXPECT_EQ(CropKey::generate().open(sealed).error().code, ErrorCode::kInvalidOption);
  EXPECT_NE(key.seal().seal(kCrop), sealed) << "two of the same crop have nothing in common";
}

TEST(CropSeal, IsBrokenByAnyChange) {
  const CropKey key = CropKey::generate();
  const Bytes sealed = key.seal().seal(kCrop);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(key.open(changed)) << i;
  }
  EXPECT_FALSE(key.open(ByteView(sealed).first(20)));
  EXPECT_FALSE(key.open({}));
}

TEST(CropSeal, IsWrittenAsText) {
  const CropKey key = CropKey::generate();
  const auto again = CropKey::parse(key.text());
  const auto seal = CropSeal::parse(key.seal().text());
  ASSERT_TRUE(again && seal);
  EXPECT_EQ(*again->open(seal->seal(kCrop)), kCrop);
  EXPECT_FALSE(CropSeal::parse(key.text())) << "the private half is no public one";
  EXPECT_FALSE(CropKey::parse(key.seal().text()));
  for (const char* text : {"", "face-privacy-feedback-public 1 ", "face-privacy-feedback-public 1 AAAA"}) {
    EXPECT_FALSE(CropSeal::parse(text));
  }
}

}  // namespace
}  // namespace face_privacy
