// The directories of a TIFF file (TIFF 6.0, section 2, and BigTIFF): what its pages are, without
// touching a pixel.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

struct TiffPage {
  int index = 0;  // in the file
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t samples_per_pixel = 1;
  std::uint64_t bits_per_sample = 1;
  std::uint64_t sample_format = 1;    // 1: whole numbers without sign
  std::uint64_t photometric = 65535;  // none: where the file does not say, which libvips refuses
  std::uint64_t compression = 1;
  int orientation = 1;  // EXIF
  // What samples beyond the colors' are: 0 unspecified, 1 alpha that the colors are multiplied with, 2
  // alpha. May say nothing of some.
  std::vector<std::uint64_t> extra_samples;
  std::uint64_t tile_width = 0;  // 0: strips
  std::uint64_t tile_height = 0;
  bool separate_channels = false;  // each strip or tile holds one
  std::uint64_t pixel_bytes = 0;   // compressed, as the file states it
  bool reduced = false;            // says that it is a smaller copy of another page, or its mask
  bool raw = false;                // a camera's sensor data: this page is at best its preview
};

// At most `max_pages` + 1 pages, in the file's order. kDamagedPhoto, also where pixels are said to
// lie beyond the end of the file, and where a tag stands twice. Linear in the file's bytes.
Result<std::vector<TiffPage>> read_tiff_pages(ByteView file, std::size_t max_pages);

}  // namespace face_privacy
