// The directories of a TIFF structure (TIFF 6.0, section 2, and BigTIFF), which TIFF files and EXIF are.
#pragma once

#include <array>
#include <cstdint>

#include "base/byte_reader.h"
#include "base/bytes.h"

namespace face_privacy {

// Byte order, and the widths of classic and of BigTIFF. What lies outside gives 0, and `good` is false from
// then on.
class TiffStructure {
 public:
  static constexpr std::uint64_t kClassic = 42;
  static constexpr std::uint64_t kBig = 43;

  explicit TiffStructure(ByteView bytes)
      : bytes_(bytes),
        order_(!bytes.empty() && bytes[0] == 'M' ? ByteOrder::kBig : ByteOrder::kLittle),
        big_(version() == kBig) {}

  bool good() const { return good_; }
  std::uint64_t version() const { return number(2, 2); }
  std::uint64_t first_directory() const { return big_ ? number(8, 8) : number(4, 4); }
  std::uint64_t entry_count(std::uint64_t directory) const { return number(directory, count_bytes()); }
  std::uint64_t entry(std::uint64_t directory, std::uint64_t index) const {
    return directory + count_bytes() + index * entry_bytes();
  }
  std::uint64_t entry_bytes() const { return big_ ? 20 : 12; }
  std::uint64_t next_directory(std::uint64_t directory) const {
    return number(entry(directory, entry_count(directory)), offset_bytes());
  }
  std::uint32_t tag(std::uint64_t entry) const { return static_cast<std::uint32_t>(number(entry, 2)); }
  std::uint64_t value_count(std::uint64_t entry) const { return number(entry + 4, offset_bytes()); }

  // Whether its values are whole numbers: with or without sign, of any width.
  bool is_integer(std::uint64_t entry) const {
    switch (type(entry)) {
      case 1:  // BYTE
      case 3:  // SHORT
      case 4:  // LONG
      case 6:  // the same with sign
      case 8:
      case 9:
      case 16:  // LONG8
      case 17: return true;
      default: return false;
    }
  }

  // EXIF's orientation, whatever whole number it is stored as; 1 where it says none. Viewers take it so.
  int orientation(std::uint64_t entry) const {
    if (!is_integer(entry) || value_count(entry) != 1) return 1;
    const std::uint64_t stated = value(entry, 0);
    return stated >= 1 && stated <= 8 ? static_cast<int>(stated) : 1;
  }

  // The value at `index` of an entry of whole numbers.
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

  // All values of an entry as they are stored; empty where they do not lie within `bytes`, which this was
  // made of. A file that says so is not bad for it.
  ByteView content(std::uint64_t entry, ByteView bytes) const {
    const std::uint64_t count = value_count(entry);
    const std::uint64_t each = value_bytes(entry);
    if (count > bytes.size() / each) return {};
    const std::uint64_t offset = values(entry, each);
    if (offset > bytes.size() || count * each > bytes.size() - offset) return {};
    return bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(count * each));
  }

  std::uint64_t value_bytes(std::uint64_t entry) const {
    // BYTE, ASCII, SHORT, LONG, RATIONAL, the same with sign, FLOAT, DOUBLE, IFD; BigTIFF from 16.
    constexpr std::array<std::uint8_t, 19> kBytes{1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 1, 1, 8, 8, 8};
    const std::uint64_t entry_type = type(entry);
    return entry_type < kBytes.size() ? kBytes[entry_type] : 1;
  }

 private:
  std::uint64_t type(std::uint64_t entry) const { return number(entry + 2, 2); }
  std::uint64_t count_bytes() const { return big_ ? 8 : 2; }
  std::uint64_t offset_bytes() const { return big_ ? 8 : 4; }
  // Where an entry's values are: in the entry itself if they fit, else where it points.
  std::uint64_t values(std::uint64_t entry, std::uint64_t value_bytes) const {
    const std::uint64_t field = entry + 4 + offset_bytes();
    const bool inside = value_count(entry) <= offset_bytes() / value_bytes;
    return inside ? field : number(field, offset_bytes());
  }
  std::uint64_t number(std::uint64_t offset, std::uint64_t byte_count) const {
    ByteReader reader(bytes_, order_);
    reader.seek(offset);
    const std::uint64_t value = reader.number(byte_count);
    good_ = good_ && reader.ok();
    return value;
  }

  ByteView bytes_;
  ByteOrder order_;
  mutable bool good_ = true;
  bool big_;
};

}  // namespace face_privacy
