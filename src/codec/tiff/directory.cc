#include "codec/tiff/directory.h"

#include <algorithm>
#include <set>

#include "codec/shared/tiff_structure.h"

namespace face_privacy {
namespace {

// Baseline and extended tags, TIFF 6.0; DNG 1.6 for DNGVersion and CFA's photometric value.
enum Tag : std::uint32_t {
  kNewSubfileType = 254,
  kSubfileType = 255,
  kImageWidth = 256,
  kImageLength = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamplesPerPixel = 277,
  kStripByteCounts = 279,
  kPlanarConfiguration = 284,
  kTileWidth = 322,
  kTileLength = 323,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
  kDngVersion = 50706,
};
constexpr std::uint64_t kColorFilterArray = 32803;
constexpr std::uint64_t kLinearRaw = 34892;

constexpr std::uint64_t kSeparate = 2;           // of PlanarConfiguration
constexpr std::uint64_t kReducedOrMask = 1 | 4;  // bits of NewSubfileType
constexpr std::uint64_t kOldReduced = 2;         // of SubfileType

// A directory's bytes and its tables of strips are looked at once for each directory that has them, and
// may be shared by many: what is looked at altogether has a bound in bytes.
class Budget {
 public:
  explicit Budget(std::uint64_t bytes) : left_(bytes) {}
  bool take(std::uint64_t count, std::uint64_t bytes_each) {
    if (count > left_ / bytes_each) return false;
    left_ -= count * bytes_each;
    return true;
  }

 private:
  std::uint64_t left_;
};

// A file's pages, as they are read.
class Pages {
 public:
  explicit Pages(ByteView file)
      : tiff_(file), file_bytes_(file.size()), entries_(file.size()), extents_(2 * file.size()) {}

  // False for a directory that is wrong about anything.
  bool read(std::uint64_t directory, TiffPage& page) {
    const std::uint64_t count = tiff_.entry_count(directory);
    if (!tiff_.good() || !entries_.take(count, tiff_.entry_bytes())) return false;
    std::vector<std::uint32_t> tags;
    for (std::uint64_t i = 0; i < count && tiff_.good(); ++i) {
      const std::uint64_t entry = tiff_.entry(directory, i);
      tiff_.check_values(entry);
      tags.push_back(tiff_.tag(entry));
      read_entry(entry, tags.back(), page);
    }
    // Of a tag that stands twice, one reader takes the first and another the last.
    std::sort(tags.begin(), tags.end());
    if (std::adjacent_find(tags.begin(), tags.end()) != tags.end()) return false;
    page.raw = page.raw || page.photometric == kColorFilterArray || page.photometric == kLinearRaw;
    const bool right = offsets_ == 0 || read_extents(page);
    offsets_ = lengths_ = 0;
    return right && tiff_.good();
  }

  const TiffStructure& structure() const { return tiff_; }

 private:
  void read_entry(std::uint64_t entry, std::uint32_t tag, TiffPage& page) {
    const auto value = [&] { return tiff_.value(entry, 0); };
    switch (tag) {
      case kNewSubfileType: page.reduced = page.reduced || (value() & kReducedOrMask) != 0; break;
      case kSubfileType: page.reduced = page.reduced || value() == kOldReduced; break;
      case kImageWidth: page.width = value(); break;
      case kImageLength: page.height = value(); break;
      case kBitsPerSample: page.bits_per_sample = value(); break;
      case kCompression: page.compression = value(); break;
      case kPhotometric: page.photometric = value(); break;
      case kOrientation: page.orientation = tiff_.orientation(entry); break;
      case kSamplesPerPixel: page.samples_per_pixel = value(); break;
      case kPlanarConfiguration: page.separate_channels = value() == kSeparate; break;
      case kSampleFormat: page.sample_format = value(); break;
      case kTileWidth: page.tile_width = value(); break;
      case kTileLength: page.tile_height = value(); break;
      case kExtraSamples: read_extra_samples(entry, page); break;
      case kStripOffsets:
      case kTileOffsets: offsets_ = entry; break;
      case kStripByteCounts:
      case kTileByteCounts: lengths_ = entry; break;
      case kDngVersion: page.raw = true; break;
      default: break;
    }
  }

  void read_extra_samples(std::uint64_t entry, TiffPage& page) {
    constexpr std::uint64_t kMost = 8;
    const std::uint64_t count = std::min(tiff_.value_count(entry), kMost);
    for (std::uint64_t i = 0; i < count; ++i) page.extra_samples.push_back(tiff_.value(entry, i));
  }

  // Adds up what the strips or tiles take, and sees that they lie within the file. A single strip that says
  // nothing of its length, or 0, goes to the end of the file, as libtiff reads it.
  bool read_extents(TiffPage& page) {
    if (tiff_.value_count(offsets_) == 1 && (lengths_ == 0 || tiff_.value(lengths_, 0) == 0)) {
      const std::uint64_t offset = tiff_.value(offsets_, 0);
      if (offset > file_bytes_) return false;
      page.pixel_bytes = file_bytes_ - offset;
      return true;
    }
    if (lengths_ == 0) return true;
    const std::uint64_t count = std::min(tiff_.value_count(offsets_), tiff_.value_count(lengths_));
    if (!extents_.take(count, 1)) return false;
    for (std::uint64_t i = 0; i < count && tiff_.good(); ++i) {
      const std::uint64_t offset = tiff_.value(offsets_, i);
      const std::uint64_t length = tiff_.value(lengths_, i);
      if (offset > file_bytes_ || length > file_bytes_ - offset) return false;
      page.pixel_bytes += length;
    }
    return true;
  }

  TiffStructure tiff_;
  std::uint64_t file_bytes_;
  Budget entries_;
  Budget extents_;
  std::uint64_t offsets_ = 0;
  std::uint64_t lengths_ = 0;
};

}  // namespace

Result<std::vector<TiffPage>> read_tiff_pages(ByteView file, std::size_t max_pages) {
  const auto damaged = [] {
    return fail(ErrorCode::kDamagedPhoto, "The TIFF photo is truncated or damaged.");
  };
  if (file.size() < 8) return damaged();
  Pages reading(file);
  const TiffStructure& tiff = reading.structure();
  std::vector<TiffPage> pages;
  std::set<std::uint64_t> seen;  // directories may point back
  for (std::uint64_t directory = tiff.first_directory(); directory != 0;
       directory = tiff.next_directory(directory)) {
    if (!seen.insert(directory).second) return damaged();
    TiffPage page;
    page.index = static_cast<int>(pages.size());
    if (!reading.read(directory, page)) return damaged();
    pages.push_back(std::move(page));
    if (pages.size() > max_pages) break;
  }
  if (!tiff.good() || pages.empty()) return damaged();
  return pages;
}

}  // namespace face_privacy
