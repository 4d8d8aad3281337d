#include "codec/tiff/directory.h"

#include <algorithm>
#include <array>
#include <set>

namespace face_privacy {
namespace {

// Baseline and extended tags, TIFF 6.0; DNG 1.6 for DNGVersion and CFA's photometric value.
enum Tag : std::uint32_t {
  kNewSubfileType = 254,
  kImageWidth = 256,
  kImageLength = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kSamplesPerPixel = 277,
  kStripByteCounts = 279,
  kTileWidth = 322,
  kTileLength = 323,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kSampleFormat = 339,
  kDngVersion = 50706,
};
constexpr std::uint64_t kColorFilterArray = 32803;
constexpr std::uint64_t kLinearRaw = 34892;

// Byte order, and the widths of classic and of BigTIFF.
class TiffFile {
 public:
  explicit TiffFile(ByteView bytes) : bytes_(bytes), big_endian_(bytes[0] == 'M'), big_(number(2, 2) == 43) {}

  bool good() const { return good_; }
  std::uint64_t first_directory() const { return big_ ? number(8, 8) : number(4, 4); }
  std::uint64_t entry_count(std::uint64_t directory) const { return number(directory, count_bytes()); }
  std::uint64_t entry(std::uint64_t directory, std::uint64_t index) const {
    return directory + count_bytes() + index * entry_bytes();
  }
  std::uint64_t next_directory(std::uint64_t directory) const {
    return number(entry(directory, entry_count(directory)), offset_bytes());
  }
  std::uint32_t tag(std::uint64_t entry) const { return static_cast<std::uint32_t>(number(entry, 2)); }
  std::uint64_t value_count(std::uint64_t entry) const { return number(entry + 4, offset_bytes()); }

  // The value at `index` of an entry of whole numbers; marks the file as bad if it lies outside.
  std::uint64_t value(std::uint64_t entry, std::uint64_t index) const {
    const std::uint64_t bytes = value_bytes(entry);
    return number(values(entry, bytes) + index * bytes, bytes);
  }

  // Marks the file as bad if the values of an entry, whatever they mean, are not all in it: what
  // lies last in a file, often the profile, is what a truncation takes.
  void check_values(std::uint64_t entry) const {
    const std::uint64_t bytes = value_bytes(entry);
    const std::uint64_t count = value_count(entry);
    if (count == 0) return;
    if (count > bytes_.size()) {
      good_ = false;
    } else {
      number(values(entry, bytes) + (count - 1) * bytes, bytes);
    }
  }

  // Little- or big-endian, as the file is.
  std::uint64_t number(std::uint64_t offset, std::uint64_t byte_count) const {
    if (offset > bytes_.size() || bytes_.size() - offset < byte_count) {
      good_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < byte_count; ++i) {
      value = value << 8 | bytes_[offset + (big_endian_ ? i : byte_count - 1 - i)];
    }
    return value;
  }

 private:
  std::uint64_t count_bytes() const { return big_ ? 8 : 2; }
  std::uint64_t entry_bytes() const { return big_ ? 20 : 12; }
  std::uint64_t offset_bytes() const { return big_ ? 8 : 4; }
  // Where an entry's values are: in the entry itself if they fit, else where it points.
  std::uint64_t values(std::uint64_t entry, std::uint64_t value_bytes) const {
    const std::uint64_t field = entry + 4 + offset_bytes();
    const bool inside = value_count(entry) <= offset_bytes() / value_bytes;
    return inside ? field : number(field, offset_bytes());
  }

  std::uint64_t value_bytes(std::uint64_t entry) const {
    // BYTE, ASCII, SHORT, LONG, RATIONAL, the same with sign, FLOAT, DOUBLE, IFD; BigTIFF from 16.
    constexpr std::array<std::uint8_t, 19> kBytes{1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8};
    const std::uint64_t type = number(entry + 2, 2);
    return type < kBytes.size() ? kBytes[type] : 1;
  }

  ByteView bytes_;
  bool big_endian_;
  mutable bool good_ = true;
  bool big_;
};

// Adds up what the strips or tiles take, and sees that they lie within the file.
void read_extents(const TiffFile& tiff, std::uint64_t offsets, std::uint64_t lengths, std::size_t file_bytes,
                  TiffPage& page, bool& inside) {
  const std::uint64_t count = std::min(tiff.value_count(offsets), tiff.value_count(lengths));
  for (std::uint64_t i = 0; i < count && tiff.good() && inside; ++i) {
    const std::uint64_t offset = tiff.value(offsets, i);
    const std::uint64_t length = tiff.value(lengths, i);
    inside = offset <= file_bytes && length <= file_bytes - offset;
    page.pixel_bytes += length;
  }
}

TiffPage read_page(const TiffFile& tiff, std::uint64_t directory, std::size_t file_bytes, bool& inside) {
  TiffPage page;
  std::uint64_t offsets = 0;
  std::uint64_t lengths = 0;
  const std::uint64_t count = tiff.entry_count(directory);
  for (std::uint64_t i = 0; i < count && tiff.good(); ++i) {
    const std::uint64_t entry = tiff.entry(directory, i);
    tiff.check_values(entry);
    switch (tiff.tag(entry)) {
      case kNewSubfileType: page.reduced = (tiff.value(entry, 0) & 1) != 0; break;
      case kImageWidth: page.width = tiff.value(entry, 0); break;
      case kImageLength: page.height = tiff.value(entry, 0); break;
      case kBitsPerSample: page.bits_per_sample = tiff.value(entry, 0); break;
      case kCompression: page.compression = tiff.value(entry, 0); break;
      case kPhotometric: page.photometric = tiff.value(entry, 0); break;
      case kSamplesPerPixel: page.samples_per_pixel = tiff.value(entry, 0); break;
      case kSampleFormat: page.sample_format = tiff.value(entry, 0); break;
      case kTileWidth: page.tile_width = tiff.value(entry, 0); break;
      case kTileLength: page.tile_height = tiff.value(entry, 0); break;
      case kStripOffsets:
      case kTileOffsets: offsets = entry; break;
      case kStripByteCounts:
      case kTileByteCounts: lengths = entry; break;
      case kDngVersion: page.raw = true; break;
      default: break;
    }
  }
  page.raw = page.raw || page.photometric == kColorFilterArray || page.photometric == kLinearRaw;
  if (offsets != 0 && lengths != 0) read_extents(tiff, offsets, lengths, file_bytes, page, inside);
  return page;
}

}  // namespace

Result<std::vector<TiffPage>> read_tiff_pages(ByteView file, std::size_t max_pages) {
  const auto damaged = [] {
    return fail(ErrorCode::kDamagedPhoto, "The TIFF photo is truncated or damaged.");
  };
  if (file.size() < 8) return damaged();
  const TiffFile tiff(file);
  std::vector<TiffPage> pages;
  std::set<std::uint64_t> seen;  // directories may point back
  bool inside = true;
  for (std::uint64_t directory = tiff.first_directory(); directory != 0;
       directory = tiff.next_directory(directory)) {
    if (!seen.insert(directory).second) return damaged();
    pages.push_back(read_page(tiff, directory, file.size(), inside));
    if (!tiff.good() || !inside) return damaged();
    if (pages.size() > max_pages) break;
  }
  if (!tiff.good() || pages.empty()) return damaged();
  return pages;
}

}  // namespace face_privacy
