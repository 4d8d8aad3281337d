#include "codec/shared/icc_profile.h"

#include <gtest/gtest.h>

#include <string>

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
  put(16, "RGB ");
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

const std::vector<Tag> kPlain{
    {"rXYZ", "red", SIZE_MAX}, {"rTRC", "curve", SIZE_MAX}, {"gTRC", "", 1}, {"bTRC", "", 1}};

TEST(IccProfile, OneOfColorsAloneStaysAsItIs) {
  const Bytes profile = profile_of(kPlain);
  EXPECT_EQ(usable_icc_profile(profile, ColorModel::kRgb), profile);
}

TEST(IccProfile, TagsThatSayNothingOfColorsAreDropped) {
  // mmod: Apple's, of the display's serial number; meta: a dictionary of texts; targ: what was measured.
  for (const char* name : {"mmod", "dscm", "vcgt", "meta", "targ", "psid", "SECR", "rtrc"}) {
    std::vector<Tag> tags = kPlain;
    tags.insert(tags.begin() + 1, {name, "SECRET serial number", SIZE_MAX});
    tags[3].shares_data_of = tags[4].shares_data_of = 2;
    const Bytes usable = usable_icc_profile(profile_of(tags), ColorModel::kRgb);
    EXPECT_FALSE(contains(usable, "SECRET")) << name;
    EXPECT_FALSE(contains(usable, "a hash")) << name;
    EXPECT_EQ(big_endian_u32(usable, 0), usable.size());
    EXPECT_EQ(big_endian_u32(usable, 128), 4U);
    EXPECT_EQ(data_of(usable, "rXYZ"), "red");
    EXPECT_EQ(data_of(usable, "gTRC"), "curve");
    EXPECT_EQ(data_of(usable, "bTRC"), "curve");
    EXPECT_EQ(usable_icc_profile(usable, ColorModel::kRgb), usable);
  }
}

TEST(IccProfile, NothingHidesBetweenOrBehindTags) {
  EXPECT_FALSE(contains(usable_icc_profile(profile_of(kPlain, "SECRET"), ColorModel::kRgb), "SECRET"));
  Bytes between = profile_of(kPlain);
  between.insert(between.begin() + 132 + 48, {'S', 'E', 'C', 'R'});
  for (std::size_t i = 0; i < 4; ++i) {
    set_u32(between, 136 + 12 * i, big_endian_u32(between, 136 + 12 * i) + 4);
  }
  set_u32(between, 0, between.size());
  EXPECT_FALSE(contains(usable_icc_profile(between, ColorModel::kRgb), "SECR"));
  EXPECT_EQ(data_of(usable_icc_profile(between, ColorModel::kRgb), "rXYZ"), "red");
}

TEST(IccProfile, TagsBeyondTheEndAreDroppedAndHeapsOfThemAreNoProfile) {
  Bytes beyond = profile_of(kPlain);
  set_u32(beyond, 136, 0xFFFFFFF0);
  EXPECT_EQ(data_of(usable_icc_profile(beyond, ColorModel::kRgb), "rXYZ"), "no such tag");
  EXPECT_EQ(data_of(usable_icc_profile(beyond, ColorModel::kRgb), "gTRC"), "curve");
  Bytes many = profile_of(kPlain);
  set_u32(many, 128, 0x20000000);
  EXPECT_TRUE(usable_icc_profile(many, ColorModel::kRgb).empty());
  Bytes none = profile_of({{"mmod", "SECRET", SIZE_MAX}});
  EXPECT_TRUE(usable_icc_profile(none, ColorModel::kRgb).empty());
}

}  // namespace
}  // namespace face_privacy
