#include "codec/heif/heif.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "codec/heif/picture.h"
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

}  // namespace
}  // namespace face_privacy
