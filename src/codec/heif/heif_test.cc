#include "codec/heif/heif.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/heif/coded_size.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

std::size_t find(const Bytes& file, std::string_view text) {
  const auto at = std::search(file.begin(), file.end(), text.begin(), text.end(),
                              [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); });
  EXPECT_NE(at, file.end());
  return static_cast<std::size_t>(at - file.begin());
}

TEST(Heif, CodedSizesAreFoundInItemsAndConfigurations) {
  for (const char* name :
       {"8bit.avif", "10bit_hdr.avif", "12bit.avif", "gray.avif", "alpha.avif", "turned.avif"}) {
    const auto sizes = heif_coded_sizes(test_file(name));
    ASSERT_FALSE(sizes.empty()) << name;
    for (const CodedSize& size : sizes) {
      EXPECT_EQ(size.width, 48U) << name;
      EXPECT_EQ(size.height, 32U) << name;
    }
  }
  const auto tiles = heif_coded_sizes(test_file("grid.avif"));
  ASSERT_GE(tiles.size(), 4U);
  for (const CodedSize& size : tiles) EXPECT_EQ(size.width, 128U);
  const auto hevc = heif_coded_sizes(test_file("8bit.heic"));
  ASSERT_FALSE(hevc.empty());
  for (const CodedSize& size : hevc) {
    EXPECT_EQ(size.width, 64U);  // the encoder fills up to whole blocks
    EXPECT_EQ(size.height, 64U);
  }
}

TEST(Heif, AHugeCodedPictureBehindASmallHeaderIsRefused) {
  Bytes file = test_file("8bit.avif");
  // The sequence header: an OBU of type 1 with a length, 0x0A. Its size fields are made as wide as
  // they can be, so that what follows is read as a huge size.
  bool refused = false;
  const std::size_t mdat = find(file, "mdat");
  for (std::size_t i = mdat; i + 4 < file.size(); ++i) {
    if (file[i] != 0x0A) continue;
    Bytes changed = file;
    changed[i + 3] = 0xFF;
    changed[i + 4] = 0xFF;
    const auto sizes = heif_coded_sizes(changed);
    const bool huge = std::any_of(sizes.begin(), sizes.end(), [](const CodedSize& size) {
      return size.width * size.height > Limits{}.max_pixels;
    });
    if (!huge) continue;
    EXPECT_EQ(decode_error(changed), ErrorCode::kTooManyPixels);
    EXPECT_EQ(read_header(changed, Limits{}).error().code, ErrorCode::kTooManyPixels);
    refused = true;
  }
  EXPECT_TRUE(refused);
}

TEST(Heif, PicturesDerivedInOtherWaysThanAGridAreRefused) {
  for (const char* name : {"overlay.avif", "identities_in_a_circle.avif", "grids_of_grids.avif",
                           "alpha_in_a_circle.avif", "one_tile_used_often.avif"}) {
    SCOPED_TRACE(name);
    const Bytes file = test_file(std::string("../hostile/") + name);
    EXPECT_FALSE(has_only_plain_heif_items(file));
    EXPECT_EQ(decode_error(file), ErrorCode::kUnsupportedPhoto);
    EXPECT_EQ(read_header(file, Limits{}).error().code, ErrorCode::kUnsupportedPhoto);
  }
  for (const char* name : {"grid.avif", "alpha.avif", "8bit.heic"}) {
    EXPECT_TRUE(has_only_plain_heif_items(test_file(name))) << name;
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

}  // namespace
}  // namespace face_privacy
