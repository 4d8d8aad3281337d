#include "codec/png/png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "codec/png/chunks.h"
#include "codec/shared/big_endian.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

Bytes deflated(ByteView bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  Bytes packed(size);
  compress2(packed.data(), &size, bytes.data(), static_cast<uLong>(bytes.size()), 9);
  packed.resize(size);
  return packed;
}

Bytes header_data(std::uint32_t width, std::uint32_t height, std::uint8_t bits, std::uint8_t color_type) {
  Bytes data;
  append_big_endian_u32(width, data);
  append_big_endian_u32(height, data);
  data.insert(data.end(), {bits, color_type, 0, 0, 0});
  return data;
}

struct Chunk {
  const char* type;
  Bytes data;
};

Bytes png_of(const std::vector<Chunk>& chunks) {
  const Bytes valid = test_file("rgb8.png");
  Bytes file(valid.begin(), valid.begin() + kPngSignatureBytes);
  for (const Chunk& chunk : chunks) append_png_chunk(chunk.type, chunk.data, file);
  return file;
}

// The chunks of a file, by their types.
std::vector<std::string> chunk_types(ByteView file) {
  std::vector<std::string> types;
  PngChunks chunks(file);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) types.emplace_back(chunk->type);
  return types;
}

// The chunks of a small gray picture, with others between its header and its pixels.
Bytes gray_png_with(const std::vector<Chunk>& between) {
  const Bytes rows(4 * 5);  // each row: a filter byte and four pixels
  std::vector<Chunk> chunks{{"IHDR", header_data(4, 4, 8, 0)}};
  chunks.insert(chunks.end(), between.begin(), between.end());
  chunks.push_back({"IDAT", deflated(rows)});
  chunks.push_back({"IEND", {}});
  return png_of(chunks);
}

TEST(Png, AHugePictureIsRefusedFromItsHeader) {
  const Bytes megabyte(std::size_t{1} << 20);
  const Bytes file = png_of({{"IHDR", header_data(60'000, 60'000, 8, 0)}, {"IDAT", megabyte}, {"IEND", {}}});
  EXPECT_EQ(decode_error(file), ErrorCode::kTooManyPixels);
  EXPECT_EQ(read_header(file, Limits{}).error().code, ErrorCode::kTooManyPixels);
}

TEST(Png, ASizeThatThePixelChunksCannotFillIsDamage) {
  const Bytes file =
      png_of({{"IHDR", header_data(10'000, 10'000, 16, 6)}, {"IDAT", Bytes(100)}, {"IEND", {}}});
  const auto header = read_header(file, Limits{});
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().code, ErrorCode::kDamagedPhoto);
}

TEST(Png, TextsAndProfilesThatExplodeDoNoHarm) {
  const Bytes bomb = deflated(Bytes(std::size_t{64} << 20, 'A'));
  Bytes text{'k', 'e', 'y', 0, 0};
  std::copy(bomb.begin(), bomb.end(), std::back_inserter(text));
  const Bytes texts = gray_png_with(std::vector<Chunk>(100, {"zTXt", text}));
  EXPECT_EQ(decoded(texts).frame_size(), (Size{4, 4}));
  const Bytes profile = gray_png_with({{"iCCP", text}});
  const auto photo = decode(profile, Limits{});
  EXPECT_TRUE(!photo || photo->icc_profile.empty());
}

TEST(Png, DamageIsFoundWhereverItIs) {
  const Bytes file = test_file("rgb8.png");
  for (std::size_t i = kPngSignatureBytes; i < file.size(); ++i) {
    Bytes damaged = file;
    damaged[i] ^= 0x10;
    EXPECT_EQ(decode_error(damaged), ErrorCode::kDamagedPhoto) << "byte " << i;
  }
}

TEST(Png, OneThatEndsBehindItsLastPixelIsNoDamage) {
  constexpr std::size_t kEndBytes = 12;
  for (const char* name : {"rgb8.png", "interlaced.png", "gray16.png", "palette8.png"}) {
    const Bytes file = test_file(name);
    const Photo whole = decoded(file);
    for (std::size_t missing = 1; missing <= kEndBytes; ++missing) {
      const ByteView cut = ByteView(file).first(file.size() - missing);
      EXPECT_EQ(max_difference(decoded(cut).pixels.view(), whole.pixels.view()), 0) << name << " " << missing;
      EXPECT_TRUE(read_header(cut, Limits{})) << name;
    }
    EXPECT_EQ(decode_error(ByteView(file).first(file.size() - kEndBytes - 1)), ErrorCode::kDamagedPhoto)
        << name;
  }
}

TEST(Png, OneThatEndsBehindAPixelChunkThatIsNotItsLastIsDamage) {
  Bytes rows(std::size_t{65} * 64);  // each a filter byte and 64 pixels
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint8_t>(i % 65 == 0 ? 0 : i * i);
  const Bytes packed = deflated(rows);
  for (std::size_t size = 1; size < packed.size() - 4; size += 100) {  // the last four are a checksum
    const Bytes part(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_EQ(decode_error(png_of({{"IHDR", header_data(64, 64, 8, 0)}, {"IDAT", part}})),
              ErrorCode::kDamagedPhoto)
        << size;
  }
}

TEST(Png, TheOutputHasThePicturesChunksOnly) {
  EXPECT_EQ(chunk_types(rewritten(test_file("metadata.png"))),
            (std::vector<std::string>{"IHDR", "iCCP", "IDAT", "IEND"}));
  EXPECT_EQ(chunk_types(rewritten(test_file("rgb8.png"))),
            (std::vector<std::string>{"IHDR", "IDAT", "IEND"}));
}

TEST(Png, ColorsWithoutAProfileAreStillDescribed) {
  const Bytes gamma{0, 1, 0x86, 0xA0};
  const Bytes file = gray_png_with({{"gAMA", gamma}, {"gAMA", gamma}, {"tEXt", {'a', 0, 'b'}}});
  EXPECT_EQ(chunk_types(rewritten(file)), (std::vector<std::string>{"IHDR", "gAMA", "IDAT", "IEND"}));
  // A chunk of another length than the standard's could hide something.
  const Bytes odd = gray_png_with({{"gAMA", {0, 1, 0x86, 0xA0, 'x'}}});
  EXPECT_EQ(chunk_types(rewritten(odd)), (std::vector<std::string>{"IHDR", "IDAT", "IEND"}));
}

TEST(Png, WidthOfSamplesAndAlphaStay) {
  const auto layout = [](const char* name) { return decoded(rewritten(test_file(name))).pixels.layout(); };
  EXPECT_EQ(layout("rgb16.png"), (PixelLayout{ColorModel::kRgb, false, 2}));
  EXPECT_EQ(layout("gray16.png"), (PixelLayout{ColorModel::kGray, false, 2}));
  EXPECT_EQ(layout("gray_alpha8.png"), (PixelLayout{ColorModel::kGray, true, 1}));
  EXPECT_EQ(layout("palette_transparent.png"), (PixelLayout{ColorModel::kRgb, true, 1}));
  EXPECT_EQ(layout("gray1.png"), kGray8);
}

TEST(Png, InterlacedIsThePlainPicture) {
  EXPECT_EQ(max_difference(decoded(test_file("interlaced.png")).pixels.view(),
                           decoded(test_file("rgb8.png")).pixels.view()),
            0);
}

TEST(Png, WhatStandsBehindThePixelsDoesNotTurnOrColorThem) {
  const Bytes turned = test_file("orientation_6.png");
  Bytes exif;
  PngChunks chunks(turned);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) {
    if (chunk->type == "eXIf") exif.assign(chunk->data.begin(), chunk->data.end());
  }
  ASSERT_FALSE(exif.empty());
  const Chunk header{"IHDR", header_data(4, 2, 8, 0)};
  const Chunk pixels{"IDAT", deflated(Bytes(2 * 5))};
  const Chunk gamma{"gAMA", {0, 0, 1, 0}};
  const auto before = decode(png_of({header, {"eXIf", exif}, gamma, pixels, {"IEND", {}}}), Limits{});
  ASSERT_TRUE(before);
  EXPECT_EQ(before->frame_size(), (Size{2, 4}));
  EXPECT_FALSE(before->source.png_color_chunks.empty());
  const auto behind = decode(png_of({header, pixels, {"eXIf", exif}, gamma, {"IEND", {}}}), Limits{});
  ASSERT_TRUE(behind);
  EXPECT_EQ(behind->frame_size(), (Size{4, 2}));
  EXPECT_TRUE(behind->source.png_color_chunks.empty());
}

TEST(Png, TheFirstOrientationCounts) {
  Bytes second = test_file("orientation_6.png");
  Bytes exif;
  PngChunks chunks(second);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) {
    if (chunk->type == "eXIf") exif.assign(chunk->data.begin(), chunk->data.end());
  }
  const auto photo = decode(gray_png_with({{"eXIf", exif}, {"eXIf", Bytes(exif.size())}}), Limits{});
  ASSERT_TRUE(photo);
  EXPECT_EQ(photo->source.orientation, 6);
}

}  // namespace
}  // namespace face_privacy
