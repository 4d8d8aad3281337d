#include "codec/exif_orientation.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace face_privacy {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
constexpr std::uint16_t kShort = 3;
constexpr std::size_t kEntryBytes = 12;

// Reads numbers of either byte order; out of bounds gives 0.
class TiffReader {
 public:
  explicit TiffReader(ByteView bytes) : bytes_(bytes), big_endian_(!bytes.empty() && bytes[0] == 'M') {}

  std::uint32_t number(std::size_t offset, int size_bytes) const {
    if (offset > bytes_.size() || bytes_.size() - offset < static_cast<std::size_t>(size_bytes)) return 0;
    std::uint32_t value = 0;
    for (int i = 0; i < size_bytes; ++i) {
      const int position = big_endian_ ? i : size_bytes - 1 - i;
      value = value << 8 | bytes_[offset + static_cast<std::size_t>(position)];
    }
    return value;
  }
  std::uint16_t u16(std::size_t offset) const { return static_cast<std::uint16_t>(number(offset, 2)); }
  std::uint32_t u32(std::size_t offset) const { return number(offset, 4); }

 private:
  ByteView bytes_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(ByteView exif) {
  constexpr std::array<std::uint8_t, 6> kPrefix{'E', 'x', 'i', 'f', 0, 0};
  if (exif.size() >= kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), exif.begin())) {
    exif = exif.subspan(kPrefix.size());
  }
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  const TiffReader tiff(exif);
  if (tiff.u16(2) != 42) return 1;
  const std::size_t directory = tiff.u32(4);
  const std::size_t entry_count = tiff.u16(directory);
  for (std::size_t i = 0; i < entry_count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.u16(entry) != kOrientationTag) continue;
    const std::uint16_t value = tiff.u16(entry + 8);
    return tiff.u16(entry + 2) == kShort && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

}  // namespace face_privacy
