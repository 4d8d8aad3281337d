#include <gtest/gtest.h>

#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

TEST(Base64url, IsThatOfTheStandardBothWays) {
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"\xFB\xFF", "-_8"}};
  for (const auto& [text, coded] : pairs) {
    EXPECT_EQ(to_base64url(byte_view(text)), coded);
    const auto back = from_base64url(coded);
    ASSERT_TRUE(back);
    EXPECT_EQ(std::string(back->begin(), back->end()), text);
  }
}

TEST(Base64url, NoTwoTextsAreTheSameBytes) {
  for (const char* wrong : {"Zh", "Zg==", "Zg=", "Z", "Zm8\n", "+/8", "Zm9", "-_9"}) {
    EXPECT_FALSE(from_base64url(wrong)) << wrong;
  }
}

TEST(Digest, IsThatOfTheStandard) {
  EXPECT_EQ(to_hex(sha256(byte_view("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({byte_view("a"), byte_view("bc")}), sha256(byte_view("abc")));
  EXPECT_NE(random_bytes(16), random_bytes(16));
}

// RFC 4231, test case 2.
TEST(Hmac, IsThatOfTheStandard) {
  EXPECT_EQ(to_hex(hmac_sha256(byte_view("Jefe"), byte_view("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace face_privacy
