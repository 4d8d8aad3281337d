#include "codec/heif/heif.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "codec/heif/boxes.h"
#include "codec/heif/picture.h"
#include "codec/shared/alpha.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

std::size_t find(const Bytes& file, std::string_view text) {
  const auto at = std::search(file.begin(), file.end(), text.begin(), text.end(),
                              [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  EXPECT_NE(at, file.end());
  return static_cast<std::size_t>(at - file.begin());
}

TEST(Heif, AHugeCodedPictureBehindASmallHeaderIsRefused) {
  Bytes file = test_file("8bit.avif");
  // The sequence header: an OBU of type 1 with a length, 0x0A. Its size fields are made as wide as
  // they can be, so that what follows is read as a huge size.
  const std::size_t mdat = find(file, "mdat");
  int refused = 0;
  for (std::size_t i = mdat; i + 4 < file.size(); ++i) {
    if (file[i] != 0x0A) continue;
    Bytes changed = file;
    changed[i + 3] = 0xFF;
    changed[i + 4] = 0xFF;
    const auto read = read_header(changed, Limits{});
    if (read) continue;  // no sequence header
    EXPECT_EQ(decode_error(changed), read.error().code);
    refused += read.error().code == ErrorCode::kTooManyPixels ? 1 : 0;
  }
  EXPECT_GT(refused, 0);
}

TEST(Heif, PicturesDerivedInOtherWaysThanAGridAreRefused) {
  for (const char* name : {"overlay.avif", "identities_in_a_circle.avif", "grids_of_grids.avif",
                           "alpha_in_a_circle.avif", "one_tile_used_often.avif"}) {
    SCOPED_TRACE(name);
    const Bytes file = test_file(std::string("../hostile/") + name);
    EXPECT_FALSE(extract_heif_picture(file, Limits{}));
    EXPECT_NE(decode_error(file), ErrorCode::kIo);
    EXPECT_FALSE(read_header(file, Limits{}));
  }
}

TEST(Heif, BitDepthsGrayAndAlphaAreKept) {
  const auto layout = [](const char* name) { return decoded(rewritten(test_file(name))).pixels.layout(); };
  EXPECT_EQ(layout("8bit.avif"), kRgb8);
  EXPECT_EQ(layout("12bit.avif"), (PixelLayout{ColorModel::kRgb, false, 2}));
  EXPECT_EQ(layout("10bit_hdr.avif"), (PixelLayout{ColorModel::kRgb, false, 2}));
  EXPECT_EQ(layout("gray.avif"), kGray8);
  EXPECT_EQ(layout("alpha.avif"), (PixelLayout{ColorModel::kRgb, true, 1}));
}

TEST(Heif, AGridIsOnePicture) {
  const Photo grid = decoded(test_file("grid.avif"));
  EXPECT_EQ(grid.frame_size(), (Size{256, 256}));
  // The same picture four times.
  const auto tile = [&](int x, int y) { return grid.pixels.view().crop({x, y, 128, 128}); };
  EXPECT_EQ(max_difference(tile(0, 0), tile(128, 0)), 0);
  EXPECT_EQ(max_difference(tile(0, 0), tile(128, 128)), 0);
}

TEST(Heif, UnknownColorCodesDoNoHarm) {
  Bytes file = test_file("8bit.avif");
  const std::size_t codes = find(file, "colrnclx") + 8;
  file[codes] = 0x77;
  const Photo photo = decoded(file);
  EXPECT_FALSE(photo.color_codes);
}

// --- files made here of the boxes of others

std::uint64_t u32_at(ByteView bytes, std::size_t at) {
  return std::uint64_t{bytes[at]} << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3];
}

struct Box {
  std::string type;
  Bytes content;
};

std::vector<Box> boxes_of(ByteView bytes) {
  std::vector<Box> boxes;
  while (const auto box = take_box(bytes)) {
    boxes.push_back({std::string(box->type), {box->content.begin(), box->content.end()}});
  }
  return boxes;
}

enum class Length { kShort, kLong, kToTheEnd };

void append_box(const Box& box, Length length, Bytes& file) {
  const auto number = [&](std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) file.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  };
  number(length == Length::kShort ? 8 + box.content.size() : length == Length::kLong ? 1 : 0, 4);
  file.insert(file.end(), box.type.begin(), box.type.end());
  if (length == Length::kLong) number(16 + box.content.size(), 8);
  file.insert(file.end(), box.content.begin(), box.content.end());
}

const Box kMovie{"moov", Bytes(40)};

TEST(Heif, ASequenceIsRefusedWhereverItsMovieStands) {
  for (const char* name : {"8bit.avif", "8bit.heic"}) {
    const std::vector<Box> boxes = boxes_of(test_file(name));
    ASSERT_EQ(boxes.front().type, "ftyp");
    for (std::size_t place = 1; place <= boxes.size(); ++place) {
      for (const Length length : {Length::kShort, Length::kLong, Length::kToTheEnd}) {
        Bytes file;
        for (std::size_t i = 0; i <= boxes.size(); ++i) {
          const bool last = place == boxes.size() && i == boxes.size();
          if (i == place) append_box(kMovie, last ? length : Length::kLong, file);
          if (i < boxes.size())
            append_box(boxes[i], i > 0 && length == Length::kLong ? Length::kLong : Length::kShort, file);
        }
        EXPECT_EQ(decode_error(file), ErrorCode::kUnsupportedPhoto) << name << " " << place;
      }
    }
  }
  EXPECT_EQ(decode_error(test_file("sequence.avif")), ErrorCode::kUnsupportedPhoto);
}

TEST(Heif, AClipBehindThePhotoIsLeftOut) {
  for (const char* name : {"8bit.avif", "8bit.heic", "grid.avif"}) {
    Bytes file = test_file(name);
    const Photo photo = decoded(file);
    append_box({"ftyp", {'i', 's', 'o', 'm', 0, 0, 0, 0}}, Length::kShort, file);
    append_box(kMovie, Length::kShort, file);
    append_box({"mdat", Bytes(99)}, Length::kToTheEnd, file);
    EXPECT_EQ(max_difference(decoded(file).pixels.view(), photo.pixels.view()), 0) << name;
    Bytes trailer = test_file(name);
    trailer.insert(trailer.end(), {'n', 'o', ' ', 'b', 'o', 'x'});
    EXPECT_EQ(max_difference(decoded(trailer).pixels.view(), photo.pixels.view()), 0) << name;
  }
}

// The file with `change` applied to one of its boxes.
template <class Change>
Bytes with_changed_meta(const Bytes& file, std::string_view type, const Change& change) {
  Bytes result;
  for (Box& box : boxes_of(file)) {
    if (box.type == "meta") {
      Bytes content(box.content.begin(), box.content.begin() + 4);
      for (Box& inner : boxes_of(ByteView(box.content).subspan(4))) {
        if (inner.type == type) change(inner.content);
        append_box(inner, Length::kShort, content);
      }
      box.content = std::move(content);
    }
    append_box(box, Length::kShort, result);
  }
  return result;
}

// The file with a reference more; its pixels go on being found, as the items' places are moved too.
Bytes with_reference(const Bytes& file, std::string_view type, int from, int to) {
  constexpr int kReferenceBytes = 14;
  const Bytes longer = with_changed_meta(file, "iref", [&](Bytes& content) {
    const std::vector<int> bytes{0, 0, 0, kReferenceBytes, type[0], type[1], type[2], type[3], 0, from, 0,
                                 1, 0, to};
    for (const int byte : bytes) content.push_back(static_cast<std::uint8_t>(byte));
  });
  return with_changed_meta(longer, "iloc", [&](Bytes& content) {
    // Version 0, offsets and lengths of four bytes: 14 bytes an item, whose offset begins 6 bytes in.
    EXPECT_EQ(content[4], 0x44);
    for (std::size_t at = 8 + 6; at + 8 <= content.size(); at += 14) {
      const std::uint64_t offset = u32_at(content, at) + kReferenceBytes;
      for (std::size_t i = 0; i < 4; ++i) content[at + i] = static_cast<std::uint8_t>(offset >> (24 - 8 * i));
    }
  });
}

TEST(Heif, PremultipliedColorsAreGivenBackTheirLight) {
  const Bytes plain = test_file("alpha.avif");
  const Photo before = decoded(plain);
  const Photo after = decoded(with_reference(plain, "prem", 1, 2));
  ASSERT_EQ(after.pixels.layout(), before.pixels.layout());
  Image expected = before.pixels.clone();
  unpremultiply(expected.mutable_view());
  EXPECT_GT(max_difference(expected.view(), before.pixels.view()), 0);
  EXPECT_EQ(max_difference(after.pixels.view(), expected.view()), 0);
  // A reference between other items says nothing.
  const Photo other = decoded(with_reference(plain, "prem", 2, 1));
  EXPECT_EQ(max_difference(other.pixels.view(), before.pixels.view()), 0);
}

TEST(Alpha, UnpremultipliesSamplesOfBothSizes) {
  Image eight({3, 1}, {ColorModel::kRgb, true, 1});
  const std::uint8_t samples[] = {64, 0, 200, 128, 1, 2, 3, 0, 7, 8, 9, 255};
  std::copy(std::begin(samples), std::end(samples), eight.mutable_view().data);
  unpremultiply(eight.mutable_view());
  const std::uint8_t expected[] = {128, 0, 255, 128, 0, 0, 0, 0, 7, 8, 9, 255};
  EXPECT_TRUE(std::equal(std::begin(expected), std::end(expected), eight.view().data));
  Image sixteen({1, 1}, {ColorModel::kGray, true, 2});
  const std::uint16_t gray[] = {0x1000, 0x8000};
  std::memcpy(sixteen.mutable_view().data, gray, sizeof gray);
  unpremultiply(sixteen.mutable_view());
  std::uint16_t result[2];
  std::memcpy(result, sixteen.view().data, sizeof result);
  EXPECT_EQ(result[0], 0x2000);
  EXPECT_EQ(result[1], 0x8000);
}

TEST(Heif, SizesThatDisagreeAreDamage) {
  Bytes file = test_file("8bit.avif");
  const std::size_t size = find(file, "ispe") + 8;
  ASSERT_EQ(u32_at(file, size), 48U);
  for (const int width : {47, 49, 16}) {
    file[size + 3] = static_cast<std::uint8_t>(width);
    EXPECT_EQ(decode_error(file), ErrorCode::kDamagedPhoto) << width;
  }
  Bytes grid = test_file("grid.avif");
  const std::size_t picture = find(grid, "ispe") + 8;
  const std::size_t tile =
      picture + find({grid.begin() + static_cast<std::ptrdiff_t>(picture), grid.end()}, "ispe") + 8;
  ASSERT_EQ(u32_at(grid, tile), 128U);
  grid[tile + 3] = 127;
  EXPECT_EQ(decode_error(grid), ErrorCode::kDamagedPhoto);
}

TEST(Heif, AnItemGraphHasBounds) {
  const Bytes grid = test_file("grid.avif");
  Limits limits;
  limits.max_tiles = 3;
  EXPECT_EQ(decode_error(grid, limits), ErrorCode::kTooCostly);
  limits.max_tiles = 4;
  EXPECT_EQ(decode_error(grid, limits), ErrorCode::kIo);
  // Items that refer to themselves or to one another.
  for (const char* type : {"dimg", "auxl", "thmb", "prem"}) {
    for (int from = 1; from <= 2; ++from) {
      for (int to = 1; to <= 2; ++to) {
        const auto photo = decode(with_reference(test_file("alpha.avif"), type, from, to), Limits{});
        EXPECT_TRUE(!photo || photo->frame_size() == (Size{48, 32}));
      }
    }
  }
}

TEST(Heif, TheLibraryIsGivenThePictureAlone) {
  Bytes file = test_file("8bit.avif");
  append_box({"free", {'S', 'E', 'C', 'R', 'E', 'T'}}, Length::kShort, file);
  const auto picture = extract_heif_picture(file, Limits{});
  ASSERT_TRUE(picture);
  EXPECT_FALSE(contains(picture->file, "SECRET"));
  for (const char* name : {"8bit.avif", "10bit_hdr.avif", "12bit.avif", "gray.avif", "alpha.avif",
                           "turned.avif", "grid.avif", "8bit.heic"}) {
    const auto once = extract_heif_picture(test_file(name), Limits{});
    ASSERT_TRUE(once) << name;
    const auto twice = extract_heif_picture(once->file, Limits{});
    ASSERT_TRUE(twice) << name;
    EXPECT_EQ(once->file, twice->file) << name;
  }
}

}  // namespace
}  // namespace face_privacy
