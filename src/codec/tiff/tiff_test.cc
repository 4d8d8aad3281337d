#include "codec/tiff/tiff.h"

#include <gtest/gtest.h>

#include "codec/test_support.h"
#include "codec/tiff/directory.h"

namespace face_privacy {
namespace {

void append_u16(unsigned value, Bytes& file) {
  file.push_back(static_cast<std::uint8_t>(value));
  file.push_back(static_cast<std::uint8_t>(value >> 8));
}

void append_u32(std::uint32_t value, Bytes& file) {
  append_u16(value & 0xFFFF, file);
  append_u16(value >> 16, file);
}

struct Entry {
  unsigned tag;
  std::uint32_t value;
};

// A file of one directory, every value of which is one LONG, and some bytes for pixels at offset 8.
Bytes tiff_of(const std::vector<Entry>& entries, std::size_t pixel_bytes = 100) {
  Bytes file{'I', 'I', 42, 0};
  append_u32(static_cast<std::uint32_t>(8 + pixel_bytes), file);
  file.resize(8 + pixel_bytes);
  append_u16(static_cast<unsigned>(entries.size()), file);
  for (const Entry& entry : entries) {
    append_u16(entry.tag, file);
    append_u16(4, file);
    append_u32(1, file);
    append_u32(entry.value, file);
  }
  append_u32(0, file);
  return file;
}

std::vector<Entry> gray_entries(std::uint32_t width, std::uint32_t height, std::uint32_t bytes) {
  return {{256, width}, {257, height}, {258, 8},      {259, 1},    {262, 1},
          {273, 8},     {277, 1},      {278, height}, {279, bytes}};
}

std::vector<Entry> with(std::vector<Entry> entries, Entry changed) {
  for (Entry& entry : entries) {
    if (entry.tag == changed.tag) {
      entry = changed;
      return entries;
    }
  }
  entries.push_back(changed);
  return entries;
}

TEST(Tiff, ADirectoryMadeByHandIsRead) {
  EXPECT_EQ(decoded(tiff_of(gray_entries(10, 10, 100))).frame_size(), (Size{10, 10}));
}

TEST(Tiff, SizesAreCheckedBeforeMemoryIsTaken) {
  EXPECT_EQ(decode_error(tiff_of(gray_entries(60'000, 60'000, 100))), ErrorCode::kTooManyPixels);
  EXPECT_EQ(decode_error(tiff_of(gray_entries(10'000, 10'000, 100))), ErrorCode::kDamagedPhoto);
  EXPECT_EQ(decode_error(tiff_of(with(gray_entries(10, 10, 100), {277, 60'000}))),
            ErrorCode::kUnsupportedPhoto);
  auto tiled = with(with(gray_entries(10, 10, 100), {322, 1 << 20}), {323, 1 << 20});
  EXPECT_EQ(decode_error(tiff_of(tiled)), ErrorCode::kTooManyPixels);
}

TEST(Tiff, PixelsBeyondTheEndAreDamage) {
  EXPECT_EQ(decode_error(tiff_of(gray_entries(10, 10, 100'000))), ErrorCode::kDamagedPhoto);
  EXPECT_EQ(decode_error(tiff_of(with(gray_entries(10, 10, 100), {273, 100'000}))), ErrorCode::kDamagedPhoto);
}

std::vector<Entry> without(std::vector<Entry> entries, unsigned tag) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.tag == tag; });
  return entries;
}

TEST(Tiff, AStripWithoutALengthGoesToTheEnd) {
  const auto gray = gray_entries(10, 10, 100);
  EXPECT_EQ(decoded(tiff_of(with(gray, {279, 0}))).frame_size(), (Size{10, 10}));
  EXPECT_EQ(decoded(tiff_of(without(gray, 279))).frame_size(), (Size{10, 10}));
  EXPECT_EQ(decode_error(tiff_of(with(without(gray, 279), {273, 100'000}))), ErrorCode::kDamagedPhoto);
  EXPECT_EQ(decode_error(tiff_of(without(gray_entries(1000, 10, 100), 279))), ErrorCode::kDamagedPhoto);
}

TEST(Tiff, WhatIsNoPictureToShowIsRefusedByName) {
  const auto gray = gray_entries(10, 10, 100);
  EXPECT_EQ(decode_error(tiff_of(with(gray, {259, 6}))), ErrorCode::kUnsupportedPhoto);  // old JPEG
  EXPECT_EQ(decode_error(tiff_of(with(gray, {262, 8}))), ErrorCode::kUnsupportedPhoto);  // CIELab
  const auto tiled = with(with(with(gray, {277, 3}), {322, 16}), {323, 16});
  EXPECT_EQ(decode_error(tiff_of(with(tiled, {284, 2}))), ErrorCode::kUnsupportedPhoto);  // a channel a tile
  EXPECT_EQ(decode_error(tiff_of(with(gray, {262, 32803}))), ErrorCode::kUnsupportedPhoto);  // sensor data
  EXPECT_EQ(decode_error(tiff_of(with(gray, {254, 1}))), ErrorCode::kUnsupportedPhoto);  // a raw's preview
  EXPECT_EQ(decode_error(tiff_of(with(gray, {339, 2}))), ErrorCode::kUnsupportedPhoto);  // signed
  EXPECT_EQ(decode_error(tiff_of(without(gray, 262))), ErrorCode::kUnsupportedPhoto);    // as libvips has it
  EXPECT_EQ(decode_error(test_file("float.tiff")), ErrorCode::kUnsupportedPhoto);
}

TEST(Tiff, DirectoriesThatPointBackEnd) {
  Bytes file = tiff_of(gray_entries(10, 10, 100));
  const std::size_t next = file.size() - 4;
  file[next] = 108;  // the directory itself
  EXPECT_EQ(decode_error(file), ErrorCode::kDamagedPhoto);
}

TEST(Tiff, ManyPagesCostNoMoreThanTheLimit) {
  Bytes file = tiff_of(gray_entries(10, 10, 100));
  const Bytes directory(file.begin() + 108, file.end() - 4);
  for (int i = 0; i < 20'000; ++i) {
    const auto next = static_cast<std::uint32_t>(file.size());
    file.resize(file.size() - 4);
    append_u32(next, file);
    file.insert(file.end(), directory.begin(), directory.end());
    append_u32(0, file);
  }
  EXPECT_EQ(decode_error(file), ErrorCode::kTooManyFrames);
}

TEST(Tiff, EveryCompressionGivesTheSamePicture) {
  const Photo reference = decoded(test_file("rgb8.png"));
  for (const char* name :
       {"none.tiff", "lzw.tiff", "deflate.tiff", "packbits.tiff", "tiled.tiff", "bigtiff.tiff"}) {
    EXPECT_EQ(max_difference(decoded(test_file(name)).pixels.view(), reference.pixels.view()), 0) << name;
  }
}

TEST(Tiff, WhatIsNotPackedComesBackNotPacked) {
  const auto compression = [](const char* name) {
    return read_tiff_pages(rewritten(test_file(name)), 1)->front().compression;
  };
  EXPECT_EQ(compression("none.tiff"), 1U);
  EXPECT_EQ(compression("deflate.tiff"), 5U);
}

TEST(Tiff, PagesStayPages) {
  const Photo pages = decoded(rewritten(test_file("pages.tiff")));
  EXPECT_EQ(pages.frame_count, 4);
  EXPECT_TRUE(pages.frame_delays_ms.empty());
  EXPECT_EQ(read_tiff_pages(rewritten(test_file("pages.tiff")), 10)->size(), 4U);
}

// A file of several directories, whose pixels all lie at offset 8.
Bytes tiff_of_pages(const std::vector<std::vector<Entry>>& pages, const Bytes& pixels) {
  Bytes file = tiff_of(pages.front(), pixels.size());
  std::copy(pixels.begin(), pixels.end(), file.begin() + 8);
  for (std::size_t i = 1; i < pages.size(); ++i) {
    const Bytes one = tiff_of(pages[i], 0);
    const auto next = static_cast<std::uint32_t>(file.size());
    file.resize(file.size() - 4);
    append_u32(next, file);
    file.insert(file.end(), one.begin() + 8, one.end());
  }
  return file;
}

std::vector<Entry> rgb_entries(std::uint32_t width, std::uint32_t height, std::uint32_t samples) {
  return {{256, width},   {257, height}, {258, 8},
          {259, 1},       {262, 2},      {273, 8},
          {277, samples}, {278, height}, {279, width * height * samples}};
}

std::vector<int> first_pixel(const Photo& photo) {
  const std::uint8_t* pixel = photo.pixels.view().data;
  return {pixel, pixel + photo.pixels.layout().channels()};
}

TEST(Tiff, SamplesBeyondTheColorsAreWhatTheFileSays) {
  const auto pixel_of = [](const Bytes& pixel, std::vector<Entry> extra) {
    auto entries = rgb_entries(1, 1, static_cast<std::uint32_t>(pixel.size()));
    entries.insert(entries.end(), extra.begin(), extra.end());
    return first_pixel(decoded(tiff_of_pages({entries}, pixel)));
  };
  const Bytes four{100, 50, 25, 128};
  EXPECT_EQ(pixel_of(four, {{338, 0}}), (std::vector{100, 50, 25}));
  EXPECT_EQ(pixel_of(four, {{338, 1}}), (std::vector{199, 99, 49, 128}));
  EXPECT_EQ(pixel_of(four, {{338, 2}}), (std::vector{100, 50, 25, 128}));
  EXPECT_EQ(pixel_of(four, {}), (std::vector{100, 50, 25, 128}));            // as everybody reads it
  EXPECT_EQ(pixel_of(four, {{338, 999}}), (std::vector{100, 50, 25, 128}));  // Corel's
  EXPECT_EQ(pixel_of({100, 50, 25, 7, 128}, {{338, 0}}), (std::vector{100, 50, 25, 128}));
  EXPECT_EQ(pixel_of({100, 50, 25, 128, 7}, {{338, 2}}), (std::vector{100, 50, 25, 128}));
  const auto gray = with(with(rgb_entries(1, 1, 2), {262, 1}), {338, 0});
  EXPECT_EQ(first_pixel(decoded(tiff_of_pages({gray}, {100, 7}))), (std::vector{100}));
}

TEST(Tiff, ATagThatStandsTwiceIsDamage) {
  for (const std::uint32_t tag : {256U, 259U, 273U, 279U, 33'000U}) {
    auto entries = gray_entries(10, 10, 100);
    entries.push_back({tag, 100});
    if (tag == 33'000) entries.push_back({tag, 100});
    EXPECT_EQ(decode_error(tiff_of(entries)), ErrorCode::kDamagedPhoto) << tag;
  }
}

TEST(Tiff, DirectoriesThatShareBytesCostNoMoreThanTheFile) {
  EXPECT_EQ(decode_error(test_file("../hostile/directories_over_the_same_bytes.tiff")),
            ErrorCode::kDamagedPhoto);
}

TEST(Tiff, EachPageIsTurnedAsItSays) {
  const Bytes pixels{1, 2, 3, 4, 5, 6};
  const auto page = [](int orientation) {
    return with(gray_entries(3, 2, 6), {274, static_cast<std::uint32_t>(orientation)});
  };
  const Photo photo = decoded(tiff_of_pages({page(1), page(3), page(2)}, pixels));
  ASSERT_EQ(photo.frame_count, 3);
  ASSERT_EQ(photo.frame_size(), (Size{3, 2}));
  const std::uint8_t* data = photo.pixels.view().data;
  EXPECT_EQ((std::vector<int>{data, data + 18}),
            (std::vector{1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1, 3, 2, 1, 6, 5, 4}));
  const Photo quarter = decoded(tiff_of_pages({page(6), page(8)}, pixels));
  EXPECT_EQ(quarter.frame_size(), (Size{2, 3}));
  // Pages of one file have one size.
  EXPECT_EQ(decode_error(tiff_of_pages({page(1), page(6)}, pixels)), ErrorCode::kUnsupportedPhoto);
}

TEST(Tiff, ThumbnailsAreDroppedWhetherTheySayWhatTheyAreOrNot) {
  const Bytes pixels(100 * 80, 9);
  const auto large = gray_entries(100, 80, 8000);
  const auto small = gray_entries(25, 20, 500);
  const auto named = with(small, {254, 1});
  const auto mask = with(gray_entries(100, 80, 8000), {254, 4});
  for (const auto& pages : {std::vector{large, small}, std::vector{small, large}, std::vector{large, named},
                            std::vector{named, large}, std::vector{small, large, named, mask}}) {
    const Photo photo = decoded(tiff_of_pages(pages, pixels));
    EXPECT_EQ(photo.frame_count, 1);
    EXPECT_EQ(photo.frame_size(), (Size{100, 80}));
  }
  // Upright beside a photo that is stored on its side.
  const auto turned = with(gray_entries(80, 100, 8000), {274, 6});
  EXPECT_EQ(decoded(tiff_of_pages({turned, small}, pixels)).frame_count, 1);
  EXPECT_EQ(decoded(tiff_of_pages({turned, gray_entries(20, 25, 500)}, pixels)).frame_count, 1);
  const Photo pages = decoded(tiff_of_pages({large, small, large}, pixels));
  EXPECT_EQ(pages.frame_count, 2);
  // Neither small nor alike.
  const auto other = gray_entries(90, 80, 7200);
  EXPECT_EQ(decode_error(tiff_of_pages({large, other}, pixels)), ErrorCode::kUnsupportedPhoto);
}

TEST(Tiff, LumaAndChromaOutsideJpegAreRefusedByName) {
  const auto entries = with(rgb_entries(2, 2, 3), {262, 6});
  EXPECT_EQ(decode_error(tiff_of_pages({entries}, Bytes(12))), ErrorCode::kUnsupportedPhoto);
}

}  // namespace
}  // namespace face_privacy
