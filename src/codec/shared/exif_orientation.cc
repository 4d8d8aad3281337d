#include "codec/shared/exif_orientation.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "codec/shared/tiff_structure.h"

namespace face_privacy {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;

}  // namespace

int exif_orientation(ByteView exif) {
  // Behind it stands one byte more, of any value.
  constexpr std::array<std::uint8_t, 5> kPrefix{'E', 'x', 'i', 'f', 0};
  if (exif.size() > kPrefix.size() && std::equal(kPrefix.begin(), kPrefix.end(), exif.begin())) {
    exif = exif.subspan(kPrefix.size() + 1);
  }
  if (exif.size() < 8 || exif[0] != exif[1] || (exif[0] != 'I' && exif[0] != 'M')) return 1;
  const TiffStructure tiff(exif);
  if (tiff.version() != TiffStructure::kClassic) return 1;
  const std::uint64_t directory = tiff.first_directory();
  const std::uint64_t entry_count = tiff.entry_count(directory);
  for (std::uint64_t i = 0; i < entry_count && tiff.good(); ++i) {
    const std::uint64_t entry = tiff.entry(directory, i);
    if (tiff.tag(entry) == kOrientationTag) return tiff.orientation(entry);
  }
  return 1;
}

}  // namespace face_privacy
