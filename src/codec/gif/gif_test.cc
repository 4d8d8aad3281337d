#include "codec/gif/gif.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <string_view>

#include "codec/gif/palette.h"
#include "codec/gif/writer.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;

constexpr PixelLayout kRgba8{ColorModel::kRgb, true, 1};

std::uint8_t* pixel_at(Photo& photo, int x, int y) {
  return photo.pixels.mutable_view().row(y) + x * photo.pixels.layout().channels();
}

// A picture of exactly 256 colors.
Photo full_palette_photo(int frame_count) {
  Photo photo;
  photo.pixels = Image({32, 32 * frame_count}, kRgb8);
  photo.frame_count = frame_count;
  photo.frame_delays_ms.assign(static_cast<std::size_t>(frame_count), 100);
  photo.source.format = Format::kGif;
  for (int y = 0; y < 32 * frame_count; ++y) {
    for (int x = 0; x < 32; ++x) {
      const int i = (y * 32 + x + y / 32 * 5) % 256;
      std::uint8_t* pixel = pixel_at(photo, x, y);
      pixel[0] = static_cast<std::uint8_t>(i);
      pixel[1] = static_cast<std::uint8_t>(i * 7);
      pixel[2] = static_cast<std::uint8_t>(255 - i);
    }
  }
  for (std::uint32_t i = 0; i < 256; ++i)
    photo.source.gif_colors.push_back(i << 16 | (i * 7 % 256) << 8 | (255 - i));
  return photo;
}

TEST(Gif, AFullTableOfColorsIsKeptExactly) {
  for (const int frame_count : {1, 3}) {
    const Photo before = full_palette_photo(frame_count);
    const Photo after = decoded(encoded(full_palette_photo(frame_count)));
    EXPECT_EQ(max_difference(before.pixels.view(), after.pixels.view()), 0) << frame_count << " frames";
  }
}

TEST(Gif, NewColorsAreRoundedAndTheSourcesAreNot) {
  Photo photo = full_palette_photo(1);
  const Image before = photo.pixels.clone();
  // A smooth redaction of 100 new colors.
  for (int y = 10; y < 20; ++y) {
    for (int x = 10; x < 20; ++x) {
      std::uint8_t* pixel = pixel_at(photo, x, y);
      pixel[0] = static_cast<std::uint8_t>(100 + x);
      pixel[1] = static_cast<std::uint8_t>(100 + y);
      pixel[2] = 101;
    }
  }
  const Photo after = decoded(encoded(std::move(photo)));
  int changed_outside = 0;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) {
      const bool inside = x >= 10 && x < 20 && y >= 10 && y < 20;
      const bool same = std::equal(before.view().row(y) + x * 3, before.view().row(y) + x * 3 + 3,
                                   after.pixels.view().row(y) + x * 3);
      changed_outside += !inside && !same ? 1 : 0;
    }
  }
  EXPECT_EQ(changed_outside, 0);
}

TEST(Gif, APixelMayBecomeTransparentAgain) {
  Photo photo = sample_photo({8, 8 * 4}, kRgba8, Format::kGif);
  photo.frame_count = 4;
  photo.frame_delays_ms.assign(4, 50);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 8; ++x) {
      std::uint8_t* pixel = pixel_at(photo, x, y);
      const bool seen = x / 2 == y / 8;  // a bar that goes from left to right
      pixel[0] = pixel[1] = pixel[2] = seen ? 200 : 0;
      pixel[3] = seen ? 255 : 0;
    }
  }
  const Image before = photo.pixels.clone();
  const Photo after = decoded(encoded(std::move(photo)));
  EXPECT_EQ(max_difference(before.view(), after.pixels.view()), 0);
}

TEST(Gif, EveryTableSizeAndLengthComesBack) {
  std::srand(1);
  for (const int color_count : {1, 2, 3, 4, 5, 16, 17, 128, 129, 255, 256}) {
    for (const Size size : {Size{1, 1}, Size{3, 2}, Size{100, 90}, Size{300, 200}}) {
      Photo photo;
      photo.pixels = Image(size, kRgb8);
      photo.source.format = Format::kGif;
      for (int y = 0; y < size.height; ++y) {
        for (int x = 0; x < size.width; ++x) {
          const int i = std::rand() % 5 == 0 ? std::rand() % color_count : x / 7 % color_count;
          std::uint8_t* pixel = pixel_at(photo, x, y);
          pixel[0] = static_cast<std::uint8_t>(i);
          pixel[1] = static_cast<std::uint8_t>(3 * i);
          pixel[2] = 9;
        }
      }
      const Image before = photo.pixels.clone();
      const Photo after = decoded(encoded(std::move(photo)));
      EXPECT_EQ(max_difference(before.view(), after.pixels.view()), 0) << color_count << " " << size.width;
    }
  }
}

TEST(Gif, MissingPixelsAreDamage) {
  Bytes file = encoded(full_palette_photo(1));
  constexpr std::size_t kScreenHeight = 8;
  constexpr std::size_t kImageHeight = 13 + 8 + 7;  // behind the header and the graphic control extension
  ASSERT_EQ(file[kScreenHeight], 32);
  ASSERT_EQ(file[kImageHeight], 32);
  file[kScreenHeight] = file[kImageHeight] = 33;
  EXPECT_EQ(decode_error(file), ErrorCode::kDamagedPhoto);
}

TEST(Gif, ACommentBehindTheLastFrameAndBytesBehindTheTrailerAreNoDamage) {
  constexpr std::string_view kComment = "\x21\xFE\x05hello\x00;behind the end"sv;
  for (const char* name : {"animated.gif", "still.gif", "transparent.gif"}) {
    Bytes file = test_file(name);
    const Photo plain = decoded(file);
    file.pop_back();
    file.insert(file.end(), kComment.begin(), kComment.end());
    const Photo photo = decoded(file);
    EXPECT_EQ(photo.frame_count, plain.frame_count) << name;
    EXPECT_EQ(max_difference(photo.pixels.view(), plain.pixels.view()), 0) << name;
    EXPECT_TRUE(read_header(file, Limits{})) << name;
  }
}

TEST(Gif, OneWithoutItsTrailerIsNoDamage) {
  for (const char* name : {"animated.gif", "still.gif", "transparent.gif"}) {
    const Bytes file = test_file(name);
    ASSERT_EQ(file.back(), 0x3B);
    const Photo whole = decoded(file);
    Bytes filled(file.begin(), file.end() - 1);
    filled.resize(filled.size() + 9);
    const ByteView without_block_end = ByteView(file).first(file.size() - 2);
    for (const ByteView cut : {ByteView(file).first(file.size() - 1), without_block_end, ByteView(filled)}) {
      const Photo photo = decoded(cut);
      EXPECT_EQ(photo.frame_count, whole.frame_count) << name;
      EXPECT_EQ(max_difference(photo.pixels.view(), whole.pixels.view()), 0) << name;
      const auto header = read_header(cut, Limits{});
      ASSERT_TRUE(header) << name;
      EXPECT_EQ(header->frame_count, whole.frame_count) << name;
    }
    EXPECT_EQ(decode_error(ByteView(file).first(file.size() - 20)), ErrorCode::kDamagedPhoto) << name;
    Bytes garbage(file.begin(), file.end() - 1);
    garbage.push_back(0x77);
    EXPECT_EQ(decode_error(garbage), ErrorCode::kDamagedPhoto) << name;
  }
}

TEST(GifPalette, KeepsWhatItIsTold) {
  std::vector<CountedColor> colors;
  for (std::uint32_t i = 0; i < 500; ++i) colors.push_back({i * 1000, 1 + i % 7});
  const std::vector<std::uint32_t> kept{0, 5000, 499'000};
  const auto palette = choose_palette(colors, kept, 20);
  EXPECT_EQ(palette.size(), 20U);
  for (const std::uint32_t color : kept) EXPECT_EQ(palette[nearest_color(palette, color)], color);
}

TEST(GifPalette, FewColorsStayAsTheyAre) {
  const auto palette = choose_palette({{7, 1}, {9, 100}}, {}, 2);
  EXPECT_EQ(std::set<std::uint32_t>(palette.begin(), palette.end()), (std::set<std::uint32_t>{7, 9}));
}

}  // namespace
}  // namespace face_privacy
