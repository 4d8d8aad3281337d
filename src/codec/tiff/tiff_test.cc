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

TEST(Tiff, WhatIsNoPictureToShowIsRefusedByName) {
  const auto gray = gray_entries(10, 10, 100);
  EXPECT_EQ(decode_error(tiff_of(with(gray, {259, 6}))), ErrorCode::kUnsupportedPhoto);      // old JPEG
  EXPECT_EQ(decode_error(tiff_of(with(gray, {262, 8}))), ErrorCode::kUnsupportedPhoto);      // CIELab
  EXPECT_EQ(decode_error(tiff_of(with(gray, {262, 32803}))), ErrorCode::kUnsupportedPhoto);  // sensor data
  EXPECT_EQ(decode_error(tiff_of(with(gray, {254, 1}))), ErrorCode::kUnsupportedPhoto);  // a raw's preview
  EXPECT_EQ(decode_error(tiff_of(with(gray, {339, 2}))), ErrorCode::kUnsupportedPhoto);  // signed
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

TEST(Tiff, PagesStayPages) {
  const Photo pages = decoded(rewritten(test_file("pages.tiff")));
  EXPECT_EQ(pages.frame_count, 4);
  EXPECT_TRUE(pages.frame_delays_ms.empty());
  EXPECT_EQ(read_tiff_pages(rewritten(test_file("pages.tiff")), 10)->size(), 4U);
}

}  // namespace
}  // namespace face_privacy
