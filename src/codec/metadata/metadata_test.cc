#include "codec/metadata/metadata.h"

#include <gtest/gtest.h>

#include <string>

#include "codec/png/chunks.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

using namespace std::string_literals;

std::string kinds_in(ByteView file) {
  const auto header = read_header(file, Limits{});
  EXPECT_TRUE(header);
  return header ? names_of(read_metadata(file, *header).kinds) : "not a photo";
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

// Little-endian, with room for what a directory points to.
class Exif {
 public:
  Exif() : text_("II*\0\10\0\0\0"s) {}

  Exif& directory(std::size_t entries) {
    number(entries, 2);
    return *this;
  }
  Exif& entry(std::size_t tag, std::size_t type, std::size_t count, std::size_t value) {
    number(tag, 2);
    number(type, 2);
    number(count, 4);
    number(value, 4);
    return *this;
  }
  Exif& next(std::size_t offset) {
    number(offset, 4);
    return *this;
  }
  Exif& data(std::string_view text) {
    text_ += text;
    return *this;
  }
  Bytes bytes() const { return bytes_of(text_); }

 private:
  void number(std::size_t value, int count) {
    for (int i = 0; i < count; ++i) text_ += static_cast<char>(value >> 8 * i & 0xFF);
  }
  std::string text_;
};

Bytes jpeg_with(std::uint8_t marker, std::string_view segment, std::string_view behind = {}) {
  Bytes file = test_file("420.jpg");
  const std::size_t length = segment.size() + 2;
  Bytes inserted{0xFF, marker, static_cast<std::uint8_t>(length >> 8),
                 static_cast<std::uint8_t>(length & 0xFF)};
  inserted.insert(inserted.end(), segment.begin(), segment.end());
  file.insert(file.begin() + 2, inserted.begin(), inserted.end());
  file.insert(file.end(), behind.begin(), behind.end());
  return file;
}

Bytes jpeg_with(const Exif& exif) {
  const Bytes block = exif.bytes();
  return jpeg_with(0xE1, "Exif\0\0"s + std::string(block.begin(), block.end()));
}

TEST(Metadata, NothingIsFoundWhereThereIsNothing) {
  for (const char* name :
       {"420.jpg", "progressive.jpg", "arithmetic.jpg", "cmyk.jpg", "rgb8.png", "gray16.png", "palette8.png",
        "lossy.webp", "alpha_lossless.webp", "animated.webp", "lzw.tiff", "pages.tiff", "still.gif",
        "animated.gif", "8bit.avif", "8bit.heic", "alpha.avif", "grid.avif", "orientation_6.jpg"}) {
    EXPECT_EQ(kinds_in(test_file(name)), "") << name;
  }
}

TEST(Metadata, EachTagSaysItsKind) {
  const auto of_tag = [](std::size_t tag) {
    return kinds_in(jpeg_with(Exif().directory(1).entry(tag, 3, 1, 1).next(0)));
  };
  EXPECT_EQ(of_tag(0x0110), "device");
  EXPECT_EQ(of_tag(0x0132), "date");
  EXPECT_EQ(of_tag(0x013B), "owner");
  EXPECT_EQ(of_tag(0x010E), "comments");
  EXPECT_EQ(of_tag(0xC62F), "serial_number");
  EXPECT_EQ(of_tag(0x014A), "extra_pictures");
  EXPECT_EQ(of_tag(0x0112), "");
  EXPECT_EQ(of_tag(0xC4A5), "other");
}

TEST(Metadata, PlaceSerialNumberAndThumbnailAreInDirectoriesOfTheirOwn) {
  const Exif exif = std::move(Exif()
                                  .directory(2)
                                  .entry(0x8769, 4, 1, 38)
                                  .entry(0x8825, 4, 1, 56)
                                  .next(74)
                                  .directory(1)
                                  .entry(0xA431, 2, 4, 0x41414141)
                                  .next(0)
                                  .directory(1)
                                  .entry(2, 5, 1, 8)
                                  .next(0)
                                  .directory(1)
                                  .entry(0x0201, 4, 1, 0)
                                  .next(0));
  EXPECT_EQ(kinds_in(jpeg_with(exif)), "position, serial_number, thumbnail");
}

TEST(Metadata, TheLinkToALivePhotosFilmIsFound) {
  const std::string note = "Apple iOS\0\0\1MM\0\1\0\x11\0\2\0\0\0\x25\0\0\0\0"s;
  const Exif exif = std::move(Exif()
                                  .directory(1)
                                  .entry(0x8769, 4, 1, 26)
                                  .next(0)
                                  .directory(1)
                                  .entry(0x927C, 7, note.size(), 44)
                                  .next(0)
                                  .data(note));
  EXPECT_EQ(kinds_in(jpeg_with(exif)), "maker_notes, film");
}

TEST(Metadata, DirectoriesThatLeadToEachOtherEnd) {
  const Exif circle = std::move(Exif().directory(2).entry(0x8769, 4, 1, 8).entry(0x8825, 4, 1, 8).next(8));
  kinds_in(jpeg_with(circle));
}

TEST(Metadata, SegmentsOfAJpeg) {
  EXPECT_EQ(kinds_in(jpeg_with(0xFE, "a comment")), "comments");
  EXPECT_EQ(kinds_in(jpeg_with(0xE2, "MPF\0"s)), "extra_pictures");
  EXPECT_EQ(kinds_in(jpeg_with(0xEB, "JP\0\1"s)), "provenance");
  EXPECT_EQ(kinds_in(jpeg_with(0xE4, "of someone's own")), "other");
  EXPECT_EQ(kinds_in(jpeg_with(0xED, "Photoshop 3.0\0008BIM\4\4\0\0\0\0\0\2ab"s)), "iptc");
  EXPECT_EQ(kinds_in(jpeg_with(0xED, "Photoshop 3.0\0008BIM\4\014\0\0\0\0\0\2ab"s)), "thumbnail");
  EXPECT_EQ(
      kinds_in(jpeg_with(0xE1, "http://ns.adobe.com/xap/1.0/\0<x GCamera:MotionPhoto='1' GPano:x=''/>"s)),
      "film, panorama, xmp");
}

TEST(Metadata, BytesBehindTheEnd) {
  EXPECT_EQ(kinds_in(jpeg_with(0xE0, "JFIF\0"s, "\0\0\0\0"s)), "");
  EXPECT_EQ(kinds_in(jpeg_with(0xE0, "JFIF\0"s, "more")), "trailer");
  EXPECT_EQ(kinds_in(jpeg_with(0xE0, "JFIF\0"s,
                               "\0\0\0\x18"
                               "ftypmp42"s)),
            "film, trailer");
  EXPECT_EQ(kinds_in(jpeg_with(0xE0, "JFIF\0"s, "\xFF\xD8\xFF\xE0"s)), "extra_pictures, trailer");
}

TEST(Metadata, ChunksOfAPng) {
  const auto with_chunk = [](std::string_view type, std::string_view data) {
    const Bytes valid = test_file("rgb8.png");
    constexpr std::ptrdiff_t kHeaderEnd = 8 + 25;
    Bytes file(valid.begin(), valid.begin() + kHeaderEnd);
    append_png_chunk(type, bytes_of(data), file);
    file.insert(file.end(), valid.begin() + kHeaderEnd, valid.end());
    return kinds_in(file);
  };
  EXPECT_EQ(with_chunk("tEXt", "Author\0me"s), "owner");
  EXPECT_EQ(with_chunk("zTXt", "parameters\0\0x"s), "comments");
  EXPECT_EQ(with_chunk("tIME", "1234567"), "date");
  EXPECT_EQ(with_chunk("iTXt", "XML:com.adobe.xmp\0\0\0\0\0<GPSLatitude/>"s), "position, xmp");
  EXPECT_EQ(with_chunk("prVt", "private"), "other");
  EXPECT_EQ(with_chunk("pHYs", "123456789"), "");
  Bytes behind = test_file("rgb8.png");
  behind.push_back('x');
  EXPECT_EQ(kinds_in(behind), "trailer");
}

TEST(Metadata, ExtensionsOfAGif) {
  const auto with_extension = [](std::string_view extension) {
    Bytes file = test_file("still.gif");
    file.insert(file.end() - 1, extension.begin(), extension.end());
    return kinds_in(file);
  };
  EXPECT_EQ(with_extension("!\xFE\3abc\0"s), "comments");
  EXPECT_EQ(with_extension("!\xFF\x0BXMP DataXMP\3<x>\0"s), "xmp");
  EXPECT_EQ(with_extension("!\xFF\x0BNETSCAPE2.0\3\1\0\0\0"s), "");
}

TEST(Metadata, SmallerPagesOfATiffAreExtraPictures) {
  const Bytes file = test_file("pages.tiff");
  PhotoHeader header{Format::kTiff, {}, 1, 1};
  EXPECT_TRUE(read_metadata(file, header).kinds.contains(MetadataKind::kExtraPictures));
}

TEST(Metadata, NoNumberOfDamagedBytesMatters) {
  const Bytes whole = test_file("metadata.jpg");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    const PhotoHeader header{Format::kJpeg, {}, 1, 1};
    read_metadata(ByteView(whole).first(size), header);
  }
}

}  // namespace
}  // namespace face_privacy
