// One picture of a clip as it is stored: a plane of luma and two of chroma, not turned, pixels perhaps
// not square.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "image/geometry.h"

namespace face_privacy {

// Rows are top to bottom. A sample is one byte for 8 bits, two in the machine's order for more.
struct VideoPlane {
  std::uint8_t* data = nullptr;
  std::ptrdiff_t stride_bytes = 0;
  Size size;
  int shrink_x = 1;  // a sample stands for this many pixels of the picture
  int shrink_y = 1;

  std::uint8_t* row(int y) const { return data + y * stride_bytes; }
};

// What the samples mean, as code points of ITU-T H.273; 2: not told.
struct VideoColor {
  int primaries = 2;
  int transfer = 2;
  int matrix = 2;
  bool full_range = false;
  bool operator==(const VideoColor&) const = default;
};

struct VideoFrame {
  Size size;
  int bit_depth = 8;                   // 8..16
  std::array<VideoPlane, 3> planes{};  // Y, Cb, Cr
  VideoColor color;
  std::int64_t time = 0;      // in ticks of the clip's time base
  std::int64_t duration = 0;  // 0: not told
  bool damaged = false;       // decoded with errors: nobody knows what it shows
  bool interlaced = false;
  bool top_field_first = false;
  bool is_writable = false;  // nobody else reads the planes
  // Owns the planes. Only the decoder and the encoder know what it is.
  std::unique_ptr<void, void (*)(void*)> memory{nullptr, nullptr};

  int bytes_per_sample() const { return bit_depth > 8 ? 2 : 1; }
};

}  // namespace face_privacy
