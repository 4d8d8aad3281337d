#include "match/references.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace face_privacy {
namespace {

ReferenceLook good(std::vector<float> direction) { return {unit(direction), {}}; }

TEST(References, TheFirstBadOneIsNamedWithItsReason) {
  const std::vector<ReferenceLook> photos{
      good({1, 0}), {{}, ReferenceFault::kBlurred}, {{}, ReferenceFault::kNoFace}};
  const auto bad = first_bad(photos);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->index, 1U);
  EXPECT_EQ(bad->why, ReferenceFault::kBlurred);
}

TEST(References, AStrangerAmongThemIsFound) {
  const std::vector<ReferenceLook> photos{good({1, 0.1F}), good({1, -0.1F}), good({-0.1F, 1}), good({1, 0})};
  const auto bad = first_bad(photos);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->index, 2U);
  EXPECT_EQ(bad->why, ReferenceFault::kTwoPeople);
}

TEST(References, OneIsEnoughAndAlikeOnesAreGood) {
  EXPECT_FALSE(first_bad(std::vector{good({1, 0})}));
  EXPECT_FALSE(first_bad(std::vector{good({1, 0.3F}), good({1, -0.3F})}));
}

TEST(References, TheFaceIsTheMiddleOfThem) {
  const Embedding face = face_of(std::vector{good({1, 0.3F}), good({1, -0.3F})});
  EXPECT_NEAR(face[0], 1, 1e-6F);
}

TEST(References, ANameIsShortPrintableUtf8) {
  EXPECT_TRUE(is_name("anna"));
  EXPECT_TRUE(is_name("Zo\xC3\xAB"));
  EXPECT_TRUE(is_name("\xF0\x9F\x98\x80"));
  EXPECT_TRUE(is_name(std::string(kMaxNameBytes, 'a')));
  for (const std::string& bad :
       {std::string(), std::string(kMaxNameBytes + 1, 'a'), std::string("a\nb"), std::string("\x7F"),
        std::string("\xC3"), std::string("\xC0\x80"), std::string("\xED\xA0\x80"), std::string("\xC2\x85"),
        std::string(1, '\0')}) {
    EXPECT_FALSE(is_name(bad));
  }
}

}  // namespace
}  // namespace face_privacy
