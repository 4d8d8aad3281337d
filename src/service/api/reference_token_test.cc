#include "service/api/reference_token.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

using Clock = ReferenceTokens::Clock;

std::vector<Person> anna_and_ben() {
  std::vector<float> one(128, 0.1F);
  std::vector<float> other(128, -0.2F);
  other[3] = 1;
  return {{"anna", unit(one)}, {"Zo\xC3\xAB", unit(other)}};
}

TEST(ReferenceToken, GivesBackWhatWasSealed) {
  const ReferenceTokens tokens;
  const auto now = Clock::now();
  const auto people = tokens.open(tokens.seal(anna_and_ben(), "", now), "", now + kTokenLife);
  ASSERT_TRUE(people);
  ASSERT_EQ(people->size(), 2U);
  EXPECT_EQ((*people)[1].name, "Zo\xC3\xAB");
  EXPECT_EQ((*people)[1].face, anna_and_ben()[1].face);
}

TEST(ReferenceToken, HidesNamesAndIsNeverTheSame) {
  const ReferenceTokens tokens;
  const std::string token = tokens.seal(anna_and_ben(), "", Clock::now());
  EXPECT_EQ(token.find("anna"), std::string::npos);
  EXPECT_NE(token, tokens.seal(anna_and_ben(), "", Clock::now()));
}

TEST(ReferenceToken, IsGoneAfterItsTime) {
  const ReferenceTokens tokens;
  const auto now = Clock::now();
  const std::string token = tokens.seal(anna_and_ben(), "", now);
  EXPECT_FALSE(tokens.open(token, "", now + kTokenLife + std::chrono::milliseconds(2)));
}

TEST(ReferenceToken, OpensForItsProcessAndHolderAlone) {
  const ReferenceTokens tokens;
  const auto now = Clock::now();
  const std::string token = tokens.seal(anna_and_ben(), "school", now);
  EXPECT_TRUE(tokens.open(token, "school", now));
  EXPECT_FALSE(tokens.open(token, "press", now));
  EXPECT_FALSE(tokens.open(token, "", now));
  EXPECT_FALSE(ReferenceTokens().open(token, "school", now));
}

TEST(ReferenceToken, NoChangedLetterOpensIt) {
  const ReferenceTokens tokens;
  const auto now = Clock::now();
  const std::string token = tokens.seal(anna_and_ben(), "", now);
  for (std::size_t i = 0; i + 1 < token.size(); i += 7) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.open(changed, "", now)) << i;
    EXPECT_FALSE(tokens.open(token.substr(0, i), "", now)) << i;
  }
  EXPECT_FALSE(tokens.open(token + "A", "", now));
  EXPECT_FALSE(tokens.open("", "", now));
  EXPECT_FALSE(tokens.open("not a token!", "", now));
}

}  // namespace
}  // namespace face_privacy
