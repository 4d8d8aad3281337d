#include "codec/metadata/keep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "codec/metadata/kept_exif.h"
#include "codec/metadata/kept_panorama.h"
#include "codec/metadata/kept_tiff.h"
#include "codec/metadata/tiff_entries.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

using namespace std::string_literals;

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }
std::string panorama_of(std::string_view xmp) {
  const Bytes kept = kept_panorama(bytes_of(xmp));
  return {kept.begin(), kept.end()};
}

std::string number(std::size_t value, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += static_cast<char>(value >> 8 * i & 0xFF);
  return text;
}
std::string entry(std::size_t tag, std::size_t type, std::size_t count, std::size_t value) {
  return number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4);
}

TEST(KeptExif, HoldsTagsOfTheListAloneAndStatesTheNewPicture) {
  const std::string exif = "II*\0\10\0\0\0"s + number(3, 2) + entry(0x010F, 2, 4, 0x00414142) +
                           entry(0x0112, 3, 1, 6) + entry(0xA431, 2, 4, 0x00535353) + number(50, 4) +
                           number(1, 2) + entry(0x0201, 4, 1, 0) + number(0, 4);
  const Bytes kept = kept_exif(bytes_of(exif), {40, 30});
  CarriedMetadata read;
  const PhotoHeader header{Format::kTiff, {}, 1, 1};
  EXPECT_EQ(names_of(read_metadata(kept, header).kinds), "device");
  EXPECT_TRUE(contains(kept, "BAA"));
  EXPECT_FALSE(contains(kept, "SSS"));
  EXPECT_TRUE(contains(kept, entry(0x0112, 3, 1, 1)));
  EXPECT_TRUE(contains(kept, entry(0xA002, 4, 1, 40)));
  EXPECT_TRUE(contains(kept, entry(0xA003, 4, 1, 30)));
}

TEST(KeptExif, TagsOfABigTiffBecomeAClassicBlock) {
  const std::string file = "II+\0\10\0\0\0"s + number(16, 8) + number(1, 8) + number(0x010F, 2) +
                           number(2, 2) + number(4, 8) + "BAA\0\0\0\0\0"s + number(0, 8);
  const Bytes kept = kept_exif(bytes_of(file), {40, 30});
  EXPECT_EQ(TiffStructure(kept).version(), TiffStructure::kClassic);
  EXPECT_TRUE(contains(kept, entry(0x010F, 2, 4, 0x00414142)));
}

TEST(KeptExif, ABlockThatHasNothingOfTheListBecomesNone) {
  const std::string exif = "II*\0\10\0\0\0"s + number(1, 2) + entry(0xA431, 2, 4, 0x00535353) + number(0, 4);
  EXPECT_TRUE(kept_exif(bytes_of(exif), {40, 30}).empty());
  EXPECT_TRUE(kept_exif(bytes_of("II*\0\10\0\0\0"s), {40, 30}).empty());
  EXPECT_TRUE(kept_exif({}, {40, 30}).empty());
}

TEST(KeptExif, APictureIsNoText) {
  const std::string picture = "\xFF\xD8\xFF\xE0\0\1\2"s;
  const std::string exif =
      "II*\0\10\0\0\0"s + number(1, 2) + entry(0x010E, 2, picture.size(), 26) + number(0, 4) + picture;
  EXPECT_TRUE(kept_exif(bytes_of(exif), {40, 30}).empty());
}

TEST(KeptExif, APictureInLettersIsNoText) {
  const auto kept = [](const std::string& text) {
    const std::string exif =
        "II*\0\10\0\0\0"s + number(1, 2) + entry(0x010E, 2, text.size(), 26) + number(0, 4) + text;
    return !kept_exif(bytes_of(exif), {40, 30}).empty();
  };
  EXPECT_TRUE(kept(R"({"MAPLatitude": 48.2, "MAPSettingsUserKey": "dGhpcyBpcyBhIGtleQ"})"));
  EXPECT_TRUE(kept("a " + std::string(128, 'x') + " b"));
  EXPECT_FALSE(kept("a " + std::string(129, 'x') + " b"));
  EXPECT_FALSE(kept("data:image/jpeg;base64," + std::string(3000, '/')));
  // As mail and PEM break it into lines; prose and lists are broken earlier.
  for (const char* end : {"\n", "\r\n"}) {
    std::string lines, list;
    for (int i = 0; i < 20; ++i) lines += std::string(64, 'x') + end;
    for (int i = 0; i < 60; ++i) list += std::string(10, 'x') + end;
    EXPECT_FALSE(kept(lines));
    EXPECT_TRUE(kept(list));
  }
}

TEST(KeptExif, NumbersAreFew) {
  const auto kept = [](std::size_t type, const std::string& value) {
    const std::string exif =
        "II*\0\10\0\0\0"s + number(1, 2) + entry(0x010E, type, value.size(), 26) + number(0, 4) + value;
    return !kept_exif(bytes_of(exif), {40, 30}).empty();
  };
  EXPECT_TRUE(kept(7, "ASCII\0\0\0"s + "found by satellites, and by the masts of telephones"));
  EXPECT_TRUE(kept(1, "as bytes: a text that a program wrote so, longer than numbers"));
  EXPECT_FALSE(kept(7, std::string(33, '\1')));
  EXPECT_TRUE(kept(7, std::string(32, '\1')));
}

TEST(KeptExif, LongTextIsUtf8) {
  const auto kept = [](const std::string& value) {
    const std::string exif =
        "II*\0\10\0\0\0"s + number(1, 2) + entry(0x010E, 2, value.size(), 26) + number(0, 4) + value;
    return !kept_exif(bytes_of(exif), {40, 30}).empty();
  };
  std::string utf8;
  for (int i = 0; i < 300; ++i) utf8 += "\xC3\xA9 \xE2\x82\xAC ";
  EXPECT_TRUE(kept(utf8));
  EXPECT_TRUE(kept("caf\xE9 in Latin letters"));
  EXPECT_TRUE(kept(std::string(256, '\xE9')));
  EXPECT_FALSE(kept(std::string(257, '\xE9')));
}

TEST(KeptExif, ATagThatPointsIntoWhatStaysBehindIsLeftOut) {
  const std::string text = "not to be told: a number, a note, a row of pixels";
  const auto kept = [&](const std::string& others, std::size_t count) {
    const std::size_t place = 8 + 2 + 12 * (count + 2) + 4;
    const std::string exif = "II*\0\10\0\0\0"s + number(count + 2, 2) + entry(0x010E, 2, 20, place + 10) +
                             entry(0x0132, 2, 4, 0x00303030) + others + number(0, 4) + text;
    return contains(kept_exif(bytes_of(exif), {40, 30}), std::string_view(text).substr(10, 20));
  };
  const std::size_t at = 8 + 2 + 12 * 3 + 4;
  EXPECT_TRUE(kept(entry(0x013B, 2, 20, at), 1));   // another that is kept
  EXPECT_FALSE(kept(entry(0x83BB, 7, 20, at), 1));  // IPTC
  EXPECT_FALSE(kept(entry(0x0111, 4, 1, at + 12) + entry(0x0117, 4, 1, 20), 2));
  EXPECT_FALSE(kept(entry(0x0111, 4, 1, at + 12) + entry(0x0117, 4, 1, 0), 2));  // to the end
  EXPECT_FALSE(kept(entry(0x0111, 4, 1, at), 1));
  EXPECT_FALSE(kept(entry(0x0201, 4, 1, at + 12) + entry(0x0202, 4, 1, 9'999), 2));
}

TEST(KeptPanorama, HoldsPropertiesOfTheSphereOnly) {
  const std::string kept = panorama_of(
      "<rdf:Description GPano:ProjectionType=\"equirectangular\" dc:creator='SECRET' "
      "GPano:PoseHeadingDegrees='12.5'><GPano:FullPanoWidthPixels>8000</GPano:FullPanoWidthPixels>"
      "<GPano:CaptureSoftware>SECRET</GPano:CaptureSoftware>");
  EXPECT_NE(kept.find("GPano:ProjectionType=\"equirectangular\""), std::string::npos);
  EXPECT_NE(kept.find("GPano:PoseHeadingDegrees=\"12.5\""), std::string::npos);
  EXPECT_NE(kept.find("GPano:FullPanoWidthPixels=\"8000\""), std::string::npos);
  EXPECT_EQ(kept.find("SECRET"), std::string::npos);
}

TEST(KeptPanorama, AValueOfAnotherShapeIsLeftOut) {
  EXPECT_EQ(panorama_of("GPano:ProjectionType=\"a<b>&quot;\""), "");
  EXPECT_EQ(panorama_of("GPano:PoseHeadingDegrees=\"" + std::string(100, '1') + "\""), "");
  EXPECT_EQ(panorama_of("GPano:UsePanoramaViewer='perhaps'"), "");
  EXPECT_EQ(panorama_of("GPano:UsePanoramaViewer"), "");
}

TEST(KeepMetadata, FormatsThatCarryItGiveItBack) {
  const std::string exif = "MM\0*\0\0\0\10\0\1\1\17\0\2\0\0\0\3ab\0\0\0\0\0\0"s;
  CarriedMetadata carried;
  carried.exif = bytes_of(exif);
  carried.xmp = bytes_of("GPano:ProjectionType='equirectangular'");
  for (const char* name : {"420.jpg", "rgb8.png", "lossy.webp", "lossless.webp", "alpha_lossy.webp",
                           "8bit.avif", "alpha.avif", "grid.avif", "none.tiff", "lzw.tiff", "pages.tiff"}) {
    const Bytes file = test_file(name);
    const auto header = read_header(file, Limits{});
    ASSERT_TRUE(header);
    const Bytes kept = with_kept_metadata(file, header->format, header->size, carried);
    const auto kept_header = read_header(kept, Limits{});
    ASSERT_TRUE(kept_header) << name;
    const CarriedMetadata again = read_metadata(kept, *kept_header);
    EXPECT_EQ(names_of(again.kinds), "device, panorama, xmp") << name;
    EXPECT_EQ(max_difference(decoded(kept).pixels.view(), decoded(file).pixels.view()), 0);
  }
}

TEST(KeepMetadata, ATiffHasItsTagsInItsOwnByteOrder) {
  // Big-endian: a resolution of 300/2, a make, and a place by a pointer to a directory of one tag.
  const std::string exif =
      "MM\0*\0\0\0\10\0\3\1\17\0\2\0\0\0\3ab\0\0\1\32\0\5\0\0\0\1\0\0\0\62"
      "\x88\x25\0\4\0\0\0\1\0\0\0\72\0\0\0\0\0\0\1\54\0\0\0\2"
      "\0\1\0\36\0\3\0\0\0\1\0\1\0\0\0\0\0\0"s;
  const Bytes kept = with_tiff_metadata(test_file("none.tiff"), bytes_of(exif), {});
  const TiffStructure tiff(kept);
  ASSERT_EQ(kept[0], 'I');
  const TiffEntriesReader reader(kept);
  const auto all = [](std::uint16_t, std::uint16_t, ByteView) { return true; };
  const TiffEntries main = reader.take(tiff.first_directory(), ByteOrder::kLittle, all);
  const auto value_of = [&](std::uint16_t tag) {
    const auto found =
        std::find_if(main.begin(), main.end(), [&](const TiffEntry& entry) { return entry.tag == tag; });
    return found == main.end() ? Bytes() : found->value;
  };
  EXPECT_EQ(value_of(0x010F), bytes_of("ab\0"s));
  EXPECT_EQ(value_of(0x011A), bytes_of("\54\1\0\0\2\0\0\0"s));
  EXPECT_TRUE(contains(kept, entry(0x001E, 3, 1, 1)));
}

TEST(KeepMetadata, ATiffThatDoesNotAddUpIsLeftAsItIs) {
  const Bytes cut{'I', 'I', 42, 0, 200, 0, 0, 0};
  EXPECT_EQ(with_tiff_metadata(cut, bytes_of("II*\0"s), bytes_of("x")), cut);
  EXPECT_EQ(with_tiff_metadata({}, {}, bytes_of("x")), Bytes());
}

TEST(KeepMetadata, AGifHasThePacketAndShowsTheSameFrames) {
  CarriedMetadata carried;
  carried.xmp = bytes_of("GPano:ProjectionType='equirectangular'");
  const Bytes file = test_file("animated.gif");
  const Bytes kept = with_kept_metadata(file, Format::kGif, {8, 8}, carried);
  const auto header = read_header(kept, Limits{});
  ASSERT_TRUE(header);
  EXPECT_EQ(names_of(read_metadata(kept, *header).kinds), "panorama, xmp");
  EXPECT_EQ(max_difference(decoded(kept).pixels.view(), decoded(file).pixels.view()), 0);
}

}  // namespace
}  // namespace face_privacy
