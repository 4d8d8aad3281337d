#include "codec/shared/exif_orientation.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace face_privacy {
namespace {

constexpr std::uint16_t kOrientationTag = 0x0112;
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

// Bytes of a whole number of a TIFF type, with or without sign; 0 for the other types.
int integer_bytes(std::uint16_t type) {
  switch (type) {
    case 1:            // BYTE
    case 6: return 1;  // SBYTE
    case 3:            // SHORT, which the standard asks for
    case 8: return 2;  // SSHORT
    case 4:            // LONG
    case 9: return 4;  // SLONG
    default: return 0;
  }
}

// Viewers take the number whatever its width, so it is taken here.
int orientation_of(const TiffReader& tiff, std::size_t entry) {
  const int bytes = integer_bytes(tiff.u16(entry + 2));
  const std::uint32_t count = tiff.u32(entry + 4);
  if (bytes == 0 || count == 0 || count > 4U / static_cast<unsigned>(bytes)) return 1;
  const std::uint32_t value = tiff.number(entry + 8, bytes);
  return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

}  // namespace

int exif_orientation(ByteView exif) {
  // Behind it stands one byte more, of any value.
  constexpr std::array<std::uint8_t, 5> kPrefix{'E', 'x', 'i', 'f', 0};
  if (exif.size() > kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), exif.begin())) {
    exif = exif.subspan(kPrefix.size() + 1);
  }
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  const TiffReader tiff(exif);
  if (tiff.u16(2) != 42) return 1;
  const std::size_t directory = tiff.u32(4);
  const std::size_t entry_count = tiff.u16(directory);
  for (std::size_t i = 0; i < entry_count; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (tiff.u16(entry) != kOrientationTag) continue;
    return orientation_of(tiff, entry);
  }
  return 1;
}

}  // namespace face_privacy
