#include "service/api/held_photos.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace face_privacy {
namespace {

using Clock = HeldPhotos::Clock;
using std::chrono::seconds;

Bytes photo_of(std::size_t size, std::uint8_t value = 7) { return Bytes(size, value); }

HeldPhotos held_photos(std::size_t max_bytes = 1000, std::size_t max_photos = 10) {
  return HeldPhotos({.life = seconds(60), .max_bytes = max_bytes, .max_photos = max_photos});
}

std::uint64_t count_of(const HeldPhotos& photos, HeldPhotos::Event event) {
  return photos.load().events[static_cast<std::size_t>(event)];
}

TEST(HeldPhotos, GivesBackWhatItWasGivenUnderATokenOfItsOwn) {
  HeldPhotos photos = held_photos();
  const auto now = Clock::now();
  const auto one = photos.hold(photo_of(100, 1), "", now);
  const auto other = photos.hold(photo_of(200, 2), "", now);
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
  EXPECT_EQ(one->size(), 32U);
  const auto found = photos.find(*other, "", now);
  ASSERT_TRUE(found);
  const Bytes expected = photo_of(200, 2);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), found->view().begin(), found->view().end()));
  EXPECT_EQ(photos.load().photos, 2U);
  EXPECT_EQ(photos.load().bytes, 300U);
}

TEST(HeldPhotos, HoldsNothingWhereItIsOff) {
  HeldPhotos photos({.life = seconds(0), .max_bytes = 1000});
  EXPECT_FALSE(photos.is_on());
  EXPECT_FALSE(photos.hold(photo_of(10), "", Clock::now()));
  EXPECT_EQ(photos.load().photos, 0U);
}

TEST(HeldPhotos, OpensToTheKeyThatMadeItAlone) {
  HeldPhotos photos = held_photos();
  const auto now = Clock::now();
  const auto token = photos.hold(photo_of(10), "anna", now);
  ASSERT_TRUE(token);
  EXPECT_FALSE(photos.find(*token, "ben", now));
  EXPECT_FALSE(photos.find(*token, "", now));
  EXPECT_FALSE(photos.release(*token, "ben", now));
  EXPECT_TRUE(photos.find(*token, "anna", now));
  EXPECT_FALSE(photos.find(std::string(32, '0'), "anna", now));
  EXPECT_EQ(count_of(photos, HeldPhotos::Event::kMissed), 3U);
}

TEST(HeldPhotos, LivesOnWhenAskedForAndEndsWhenNot) {
  HeldPhotos photos = held_photos();
  const auto start = Clock::now();
  const auto asked = photos.hold(photo_of(10), "", start);
  const auto forgotten = photos.hold(photo_of(10), "", start);
  ASSERT_TRUE(asked && forgotten);
  EXPECT_TRUE(photos.find(*asked, "", start + seconds(59)));
  EXPECT_FALSE(photos.find(*forgotten, "", start + seconds(60)));
  EXPECT_TRUE(photos.find(*asked, "", start + seconds(118)));
  photos.purge(start + seconds(300));
  EXPECT_EQ(photos.load().photos, 0U);
  EXPECT_EQ(photos.load().bytes, 0U);
  EXPECT_EQ(count_of(photos, HeldPhotos::Event::kExpired), 2U);
}

TEST(HeldPhotos, MakesRoomByLettingTheOldestGo) {
  HeldPhotos photos = held_photos(250, 10);
  const auto now = Clock::now();
  const auto first = photos.hold(photo_of(100), "", now);
  const auto second = photos.hold(photo_of(100), "", now);
  EXPECT_TRUE(photos.find(*first, "", now));  // so that `second` is the oldest
  const auto third = photos.hold(photo_of(100), "", now);
  EXPECT_TRUE(photos.find(*first, "", now));
  EXPECT_FALSE(photos.find(*second, "", now));
  EXPECT_TRUE(photos.find(*third, "", now));
  EXPECT_FALSE(photos.hold(photo_of(251), "", now)) << "never fits, so nobody makes room for it";
  EXPECT_EQ(photos.load().photos, 2U);
  EXPECT_EQ(count_of(photos, HeldPhotos::Event::kDropped), 1U);
}

TEST(HeldPhotos, IsNoMoreThanSoMany) {
  HeldPhotos photos = held_photos(1000, 2);
  const auto now = Clock::now();
  const auto first = photos.hold(photo_of(1), "", now);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(photos.hold(photo_of(1), "", now));
  EXPECT_EQ(photos.load().photos, 2U);
  EXPECT_FALSE(photos.find(*first, "", now));
}

TEST(HeldPhotos, StaysForWhoeverIsAtWorkOnIt) {
  HeldPhotos photos = held_photos();
  const auto now = Clock::now();
  const auto token = photos.hold(photo_of(100, 9), "", now);
  const auto found = photos.find(*token, "", now);
  EXPECT_TRUE(photos.release(*token, "", now));
  EXPECT_FALSE(photos.release(*token, "", now));
  photos.clear();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->view()[99], 9);
  EXPECT_EQ(photos.load().bytes, 0U);
}

// What the kernel says of the mapping at `address`.
std::string flags_at(const void* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<std::uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    unsigned long begin = 0;
    unsigned long end = 0;
    if (std::sscanf(line.c_str(), "%lx-%lx ", &begin, &end) == 2) inside = begin <= wanted && wanted < end;
    if (inside && line.starts_with("VmFlags:")) return line + " ";
  }
  return "";
}

TEST(HeldBytes, AreInNoDumpAndInNoFork) {
  const auto held = HeldBytes::copy(photo_of(100'000));
  ASSERT_TRUE(held);
  const std::string flags = flags_at(held->view().data());
  EXPECT_NE(flags.find(" dd "), std::string::npos) << flags;
  EXPECT_NE(flags.find(" dc "), std::string::npos) << flags;
}

}  // namespace
}  // namespace face_privacy
