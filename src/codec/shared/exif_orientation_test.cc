#include "codec/shared/exif_orientation.h"

#include <gtest/gtest.h>

#include "codec/png/chunks.h"
#include "codec/test_support.h"

namespace face_privacy {
namespace {

// One directory with one entry, the orientation; `value` stands at the start of the entry's four bytes.
Bytes exif_of(bool big_endian, int type, int count, std::uint32_t value, int value_bytes) {
  Bytes exif;
  const auto append = [&](std::uint32_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) {
      const int shift = 8 * (big_endian ? bytes - 1 - i : i);
      exif.push_back(static_cast<std::uint8_t>(number >> shift));
    }
  };
  exif.assign(2, big_endian ? 'M' : 'I');
  append(42, 2);
  append(8, 4);
  append(1, 2);
  append(0x0112, 2);
  append(static_cast<std::uint32_t>(type), 2);
  append(static_cast<std::uint32_t>(count), 4);
  append(value, value_bytes);
  exif.resize(exif.size() + static_cast<std::size_t>(4 - value_bytes));
  append(0, 4);
  return exif;
}

struct Integer {
  int type;
  int bytes;
};
constexpr Integer kIntegers[] = {{1, 1}, {3, 2}, {4, 4}, {6, 1}, {8, 2}, {9, 4}};

TEST(ExifOrientation, AWholeNumberOfAnyTypeCounts) {
  for (const bool big_endian : {false, true}) {
    for (const Integer& integer : kIntegers) {
      for (std::uint32_t value = 1; value <= 8; ++value) {
        EXPECT_EQ(exif_orientation(exif_of(big_endian, integer.type, 1, value, integer.bytes)),
                  static_cast<int>(value))
            << integer.type;
      }
      for (const std::uint32_t value : {0U, 9U, 255U}) {
        EXPECT_EQ(exif_orientation(exif_of(big_endian, integer.type, 1, value, integer.bytes)), 1);
      }
    }
  }
}

TEST(ExifOrientation, OtherTypesAndValuesElsewhereDoNot) {
  for (const int type : {0, 2, 5, 7, 10, 11, 12, 13, 200}) {
    EXPECT_EQ(exif_orientation(exif_of(false, type, 1, 6, 2)), 1) << type;
  }
  EXPECT_EQ(exif_orientation(exif_of(false, 3, 0, 6, 2)), 1);
  EXPECT_EQ(exif_orientation(exif_of(false, 4, 2, 6, 4)), 1);
  EXPECT_EQ(exif_orientation(exif_of(false, 3, 0x40000001, 6, 2)), 1);
}

TEST(ExifOrientation, TheNameBeforeItMayEndInAnyByte) {
  for (const int last : {0, 1, 255}) {
    Bytes block{'E', 'x', 'i', 'f', 0, static_cast<std::uint8_t>(last)};
    const Bytes exif = exif_of(true, 3, 1, 6, 2);
    block.insert(block.end(), exif.begin(), exif.end());
    EXPECT_EQ(exif_orientation(block), 6);
  }
}

// The same file with the entry's type changed to `integer`, its value where that type has it.
Bytes with_type(Bytes file, const Integer& integer) {
  for (std::size_t at = 0; at + 12 <= file.size(); ++at) {
    const bool little = file[at] == 0x12 && file[at + 1] == 1 && file[at + 2] == 3 && file[at + 3] == 0;
    const bool big = file[at] == 1 && file[at + 1] == 0x12 && file[at + 2] == 0 && file[at + 3] == 3;
    if (!little && !big) continue;
    const std::uint8_t value = file[at + (little ? 8 : 9)];
    file[at + (little ? 2 : 3)] = static_cast<std::uint8_t>(integer.type);
    std::fill_n(file.begin() + static_cast<std::ptrdiff_t>(at) + 8, 4, std::uint8_t{0});
    file[at + 8 + static_cast<std::size_t>(little ? 0 : integer.bytes - 1)] = value;
    return file;
  }
  ADD_FAILURE() << "no orientation";
  return file;
}

Bytes with_right_checksums(const Bytes& png) {
  Bytes file(png.begin(), png.begin() + kPngSignatureBytes);
  PngChunks chunks(png);
  for (auto chunk = chunks.next(); chunk; chunk = chunks.next()) {
    append_png_chunk(chunk->type, chunk->data, file);
  }
  return file;
}

TEST(ExifOrientation, IsTheSameForEveryFormat) {
  for (const char* name :
       {"orientation_6.jpg", "orientation_6.png", "orientation_6.webp", "orientation_6.tiff"}) {
    const Photo expected = decoded(test_file(name));
    for (const Integer& integer : kIntegers) {
      Bytes file = with_type(test_file(name), integer);
      if (sniff_format(file) == Format::kPng) file = with_right_checksums(file);
      SCOPED_TRACE(std::string(name) + " type " + std::to_string(integer.type));
      const auto header = read_header(file, Limits{});
      ASSERT_TRUE(header);
      EXPECT_EQ(header->orientation, 6);
      EXPECT_EQ(max_difference(decoded(file).pixels.view(), expected.pixels.view()), 0);
    }
  }
}

}  // namespace
}  // namespace face_privacy
