#include "codec/shared/icc_profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "codec/shared/big_endian.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

struct Tag {
  std::string name;
  std::string data;
  std::size_t shares_data_of = SIZE_MAX;  // the tag of this index
};

void set_u32(Bytes& bytes, std::size_t at, std::size_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

Bytes profile_of(const std::vector<Tag>& tags, std::string_view tail = {}) {
  Bytes profile(132 + 12 * tags.size());
  const auto put = [&](std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), profile.begin() + static_cast<std::ptrdiff_t>(at));
  };
  profile[8] = 2;
  put(12, "mntrRGB XYZ ");
  put(36, "acsp");
  put(84, "a hash of it all");
  set_u32(profile, 128, tags.size());
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::size_t owner = std::min(i, tags[i].shares_data_of);
    places.push_back(owner < i ? places[owner] : profile.size());
    put(132 + 12 * i, tags[i].name);
    set_u32(profile, 136 + 12 * i, places[i]);
    set_u32(profile, 140 + 12 * i, tags[owner].data.size());
    if (owner < i) continue;
    profile.insert(profile.end(), tags[i].data.begin(), tags[i].data.end());
    profile.resize((profile.size() + 3) / 4 * 4);
  }
  profile.insert(profile.end(), tail.begin(), tail.end());
  set_u32(profile, 0, profile.size());
  return profile;
}

std::string data_of(const Bytes& profile, std::string_view name) {
  for (std::size_t i = 0; i < big_endian_u32(profile, 128); ++i) {
    const std::size_t at = 132 + 12 * i;
    if (!std::equal(name.begin(), name.end(), profile.begin() + static_cast<std::ptrdiff_t>(at))) continue;
    const auto begin = profile.begin() + big_endian_u32(profile, at + 4);
    return {begin, begin + big_endian_u32(profile, at + 8)};
  }
  return "no such tag";
}

std::string number(std::size_t value, int count) {
  std::string text;
  for (int i = count - 1; i >= 0; --i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}

std::string type(std::string_view name) { return std::string(name) + std::string(4, '\0'); }
std::string xyz(std::size_t value) {
  return type("XYZ ") + number(value, 4) + number(value, 4) + number(value, 4);
}
std::string curve(const std::vector<int>& entries) {
  std::string text = type("curv") + number(entries.size(), 4);
  for (const int entry : entries) text += number(static_cast<std::size_t>(entry), 2);
  return text;
}

const std::string kSecret = "SECRET serial number";
const std::string kGamma = curve({0, 100, 200, 65535});
const std::vector<Tag> kPlain{{"rXYZ", xyz(1), SIZE_MAX},
                              {"gXYZ", xyz(2), SIZE_MAX},
                              {"bXYZ", xyz(3), SIZE_MAX},
                              {"rTRC", kGamma, SIZE_MAX},
                              {"gTRC", "", 3},
                              {"bTRC", "", 3}};

Bytes usable(const Bytes& profile) { return usable_icc_profile(profile, ColorModel::kRgb); }

Bytes usable_with(std::string_view name, const std::string& data) {
  std::vector<Tag> tags = kPlain;
  for (Tag& tag : tags) {
    if (tag.name == name) tag = {std::string(name), data, SIZE_MAX};
  }
  if (std::none_of(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.name == name; }))
    tags.push_back({std::string(name), data, SIZE_MAX});
  return usable(profile_of(tags));
}

TEST(IccProfile, WhatColorsAreReadByStaysAndIsWrittenTheSameAgain) {
  const Bytes profile = usable(profile_of(kPlain));
  EXPECT_EQ(data_of(profile, "rXYZ"), xyz(1));
  EXPECT_EQ(data_of(profile, "bXYZ"), xyz(3));
  EXPECT_EQ(data_of(profile, "gTRC"), kGamma);
  EXPECT_EQ(data_of(profile, "bTRC"), kGamma);
  EXPECT_EQ(big_endian_u32(profile, 0), profile.size());
  EXPECT_EQ(usable(profile), profile);
}

TEST(IccProfile, TextsAreReplaced) {
  const Bytes profile = usable_with("desc", type("text") + kSecret);
  EXPECT_NE(data_of(profile, "desc").find("Color profile"), std::string::npos);
  EXPECT_EQ(data_of(profile, "cprt"), type("text") + "Not stated" + '\0');
  for (const char* name : {"desc", "cprt", "dmnd", "dmdd", "vued", "gamt", "meas", "tech", "view", "lumi"}) {
    const Bytes clean = usable_with(name, type("text") + kSecret);
    EXPECT_FALSE(clean.empty()) << name;
    EXPECT_FALSE(contains(clean, "SECRET")) << name;
  }
}

TEST(IccProfile, TagsThatSayNothingOfColorsAreDropped) {
  // mmod: Apple's, of the display's serial number; meta: a dictionary of texts; targ: what was measured.
  for (const char* name : {"mmod", "dscm", "vcgt", "meta", "targ", "psid", "SECR", "rtrc"}) {
    EXPECT_EQ(usable_with(name, kSecret), usable(profile_of(kPlain))) << name;
  }
}

TEST(IccProfile, TheHeaderNamesNobody) {
  Bytes profile = profile_of(kPlain);
  for (const auto& [begin, end] : {std::pair{4, 8}, {24, 36}, {40, 64}, {80, 128}}) {
    for (int i = begin; i < end; ++i) profile[static_cast<std::size_t>(i)] = 'S';
  }
  EXPECT_EQ(usable(profile), usable(profile_of(kPlain)));
}

TEST(IccProfile, ValuesEndWhereTheirTypesSay) {
  const Bytes plain = usable(profile_of(kPlain));
  EXPECT_EQ(usable_with("rXYZ", xyz(1) + kSecret), plain);
  EXPECT_EQ(usable_with("rTRC", kGamma + kSecret), plain);
  const std::string matrix = type("sf32") + std::string(36, '\xFF');
  EXPECT_EQ(data_of(usable_with("chad", matrix + kSecret), "chad"), matrix);
  const std::string formula = type("para") + number(0, 4) + number(0x20000, 4);
  EXPECT_EQ(data_of(usable_with("rTRC", formula + kSecret), "rTRC"), formula);
  const std::string table = type("mft1") + number(0x03030200, 4) + std::string(36 + 768 + 24 + 768, 5);
  EXPECT_EQ(data_of(usable_with("A2B0", table + kSecret), "A2B0"), table);
  const std::string fine = type("mft2") + number(0x03030200, 4) + std::string(36, 1) + number(0x00020002, 4) +
                           std::string(12 + 48 + 12, 5);
  EXPECT_EQ(data_of(usable_with("B2A1", fine + kSecret), "B2A1"), fine);
}

TEST(IccProfile, ElementsOfATableStandOneBehindTheOther) {
  const std::string head = type("mAB ") + number(0x03030000, 4);
  const std::string bend = type("para") + number(0, 4) + number(0x10000, 4);
  const std::string grid = std::string(3, 2) + std::string(13, '\0') + std::string(1, 1) +
                           std::string(3, '\0') + std::string(24, 9);
  const std::string clean = head + number(32, 4) + number(0, 8) + number(80, 4) + number(124, 4) + bend +
                            bend + bend + grid + bend + bend + bend;
  EXPECT_EQ(data_of(usable_with("A2B0", clean), "A2B0"), clean);
  const std::string hiding = head + number(52, 4) + number(0, 8) + number(100, 4) + number(144, 4) + kSecret +
                             bend + bend + bend + grid + bend + bend + bend + kSecret;
  EXPECT_EQ(data_of(usable_with("A2B0", hiding), "A2B0"), clean);
}

TEST(IccProfile, OneWithAValueThatIsNoneIsDropped) {
  EXPECT_TRUE(usable_with("rXYZ", type("text") + kSecret).empty());
  EXPECT_TRUE(usable_with("rXYZ", type("XYZ ") + "short").empty());
  EXPECT_TRUE(usable_with("rTRC", curve({0, 9, 3, 8, 1})).empty());  // as a picture's bytes are
  EXPECT_TRUE(usable_with("rTRC", curve(std::vector<int>(4097))).empty());
  EXPECT_TRUE(usable_with("rTRC", type("para") + number(0x50000, 4) + kSecret + kSecret).empty());
  EXPECT_TRUE(usable_with("A2B0", type("mft1") + kSecret).empty());
  EXPECT_TRUE(usable_with("A2B0", type("mAB ") + number(0x03030000, 4) + number(5000, 4)).empty());
  EXPECT_TRUE(usable_with("chad", type("sf32") + "short").empty());
  EXPECT_TRUE(usable_with("chad", type("sf32") + std::string(36, 'P')).empty());
  EXPECT_TRUE(usable_with("rXYZ", type("XYZ ") + std::string(12, 'P')).empty());
}

TEST(IccProfile, TagsThatShareATableDoNotCountTwice) {
  const std::string table = type("mft1") + number(0x03030200, 4) + std::string(36 + 768 + 24 + 768, 5);
  std::vector<Tag> tags{{"A2B0", table, SIZE_MAX}};
  for (const char* name : {"A2B1", "A2B2", "B2A0", "B2A1", "B2A2"}) tags.push_back({name, "", 0});
  const Bytes profile = usable(profile_of(tags));
  EXPECT_EQ(data_of(profile, "B2A2"), table);
  EXPECT_LT(profile.size(), 2 * table.size());
}

TEST(IccProfile, NothingHidesBetweenOrBehindTags) {
  const Bytes plain = usable(profile_of(kPlain));
  EXPECT_EQ(usable(profile_of(kPlain, "SECRET")), plain);
  Bytes between = profile_of(kPlain);
  const std::size_t tags = kPlain.size();
  const auto first = between.begin() + static_cast<std::ptrdiff_t>(132 + 12 * tags);
  between.insert(first, {'S', 'E', 'C', 'R'});
  for (std::size_t i = 0; i < tags; ++i) {
    set_u32(between, 136 + 12 * i, big_endian_u32(between, 136 + 12 * i) + 4);
  }
  set_u32(between, 0, between.size());
  EXPECT_EQ(usable(between), plain);
}

TEST(IccProfile, OneWithoutTheTagsThatColorsNeedIsNone) {
  Bytes beyond = profile_of(kPlain);
  set_u32(beyond, 136, 0xFFFFFFF0);
  EXPECT_TRUE(usable(beyond).empty());
  Bytes many = profile_of(kPlain);
  set_u32(many, 128, 0x20000000);
  EXPECT_TRUE(usable(many).empty());
  EXPECT_TRUE(usable(profile_of({{"mmod", kSecret, SIZE_MAX}})).empty());
  EXPECT_TRUE(usable_icc_profile(profile_of(kPlain), ColorModel::kCmyk).empty());
  EXPECT_TRUE(usable_icc_profile(profile_of(kPlain), ColorModel::kGray).empty());
}

}  // namespace
}  // namespace face_privacy
