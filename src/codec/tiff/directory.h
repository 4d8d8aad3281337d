// The directories of a TIFF file (TIFF 6.0, section 2, and BigTIFF): what its pages are, without
// touching a pixel.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

struct TiffPage {
  std::uint64_t width = 0;
  std::uint64_t height = 0;
  std::uint64_t samples_per_pixel = 1;
  std::uint64_t bits_per_sample = 1;
  std::uint64_t sample_format = 1;  // 1: whole numbers without sign
  std::uint64_t photometric = 0;
  std::uint64_t compression = 1;
  std::uint64_t tile_width = 0;  // 0: strips
  std::uint64_t tile_height = 0;
  std::uint64_t pixel_bytes = 0;  // compressed, as the file states it
  bool reduced = false;           // a smaller copy of another page
  bool raw = false;               // a camera's sensor data: this page is at best its preview
};

// At most `max_pages` + 1 pages, in the file's order. kDamagedPhoto, also where pixels are said to
// lie beyond the end of the file.
Result<std::vector<TiffPage>> read_tiff_pages(ByteView file, std::size_t max_pages);

}  // namespace face_privacy
