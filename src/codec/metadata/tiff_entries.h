// The entries of a TIFF structure's directories, taken out and written anew: EXIF blocks, and TIFF files.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "codec/shared/tiff_structure.h"

namespace face_privacy {

struct TiffEntry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint32_t count = 0;
  Bytes value;  // all values, in the byte order that was asked for
};

// Each tag once, ascending.
using TiffEntries = std::vector<TiffEntry>;

namespace tiff_tags {
inline constexpr std::uint16_t kOrientation = 0x0112;
inline constexpr std::uint16_t kYcbcrPositioning = 0x0213;
inline constexpr std::uint16_t kXmp = 0x02BC;
inline constexpr std::uint16_t kExifDirectory = 0x8769;
inline constexpr std::uint16_t kGpsDirectory = 0x8825;
}  // namespace tiff_tags

namespace tiff_types {
inline constexpr std::uint16_t kByte = 1;
inline constexpr std::uint16_t kAscii = 2;
inline constexpr std::uint16_t kShort = 3;
inline constexpr std::uint16_t kLong = 4;
inline constexpr std::uint16_t kUndefined = 7;
inline constexpr std::uint16_t kDouble = 12;
}  // namespace tiff_types

// A stranger's, of either width; the directories that this reads are found through `structure`.
class TiffEntriesReader {
 public:
  explicit TiffEntriesReader(ByteView bytes) : bytes_(bytes), structure_(bytes) {}

  const TiffStructure& structure() const { return structure_; }
  ByteOrder order() const;

  // Where the entry of `tag` in the first directory points; 0: nowhere.
  std::uint64_t directory_of(std::uint16_t tag) const;

  // The entries that `wanted(tag, type, value)` takes, `value` as it is stored; none where `directory` is 0.
  // Of a tag that stands twice, the first. Types are those of TIFF 6.0. At most 512 entries are looked at.
  template <class Wanted>
  TiffEntries take(std::uint64_t directory, ByteOrder order, const Wanted& wanted) const {
    TiffEntries taken;
    each(directory, [&](std::uint64_t entry) {
      const std::uint16_t type = type_of(entry);
      const ByteView value = structure_.content(entry, bytes_);
      if (value.empty() || type < tiff_types::kByte || type > tiff_types::kDouble) return;
      if (wanted(static_cast<std::uint16_t>(structure_.tag(entry)), type, value)) {
        taken.push_back(copy_of(entry, type, value, order));
      }
    });
    sort_out(taken);
    return taken;
  }

 private:
  static constexpr std::uint64_t kMaxEntries = 512;

  template <class Visit>
  void each(std::uint64_t directory, const Visit& visit) const {
    if (directory == 0) return;
    const std::uint64_t count = std::min(structure_.entry_count(directory), kMaxEntries);
    for (std::uint64_t i = 0; i < count && structure_.good(); ++i) visit(structure_.entry(directory, i));
  }

  std::uint16_t type_of(std::uint64_t entry) const;
  TiffEntry copy_of(std::uint64_t entry, std::uint16_t type, ByteView value, ByteOrder order) const;
  static void sort_out(TiffEntries& entries);

  ByteView bytes_;
  TiffStructure structure_;
};

// Appends classic directories to `file`, whose offsets count from its first byte.
class TiffDirectoryWriter {
 public:
  TiffDirectoryWriter(Bytes file, ByteOrder order) : file_(std::move(file)), order_(order) {}

  TiffEntry entry_of(std::uint16_t tag, std::uint16_t type, std::uint64_t value) const;
  // Of a directory, with the values that lie outside its entries.
  static std::size_t size_of(const TiffEntries& entries);

  std::size_t end() const { return file_.size(); }
  // `next`: where the following directory begins; 0: none.
  void append(const TiffEntries& entries, std::uint64_t next = 0);
  // A photo's directory, and behind it those of EXIF and place, which it then points to; empty: none.
  void append_photo(TiffEntries main, const TiffEntries& exif, const TiffEntries& gps,
                    std::uint64_t next = 0);
  void set_first_directory(std::uint64_t offset);
  void pad_to_even() { file_.resize(file_.size() + file_.size() % 2); }

  Bytes take() { return std::move(file_); }

 private:
  void number(std::uint64_t value, int byte_count);
  void raw(const Bytes& value, std::size_t padded);

  Bytes file_;
  ByteOrder order_;
};

// In its place; what was there of the same tag goes.
void set_entry(TiffEntries& entries, TiffEntry entry);

}  // namespace face_privacy
