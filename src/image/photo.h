// A photo between decode and encode, and the seal that keeps unredacted pixels in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "image/image.h"
#include "image/spline_surface.h"

namespace face_privacy {

enum class Format : std::uint8_t { kJpeg, kPng, kWebp, kAvif, kHeic, kTiff, kGif };

// Colors named by code points of ITU-T H.273 instead of a profile (AVIF, HEIC, PNG).
struct ColorCodes {
  std::uint16_t primaries = 1;  // 1: as sRGB, 9: BT.2020, 12: Display P3
  std::uint16_t transfer = 13;  // 13: as sRGB, 16: PQ, 18: HLG
  bool operator==(const ColorCodes&) const = default;
};

// How the file was written, so that it can be written the same way again.
struct SourceEncoding {
  Format format = Format::kJpeg;
  bool lossless = false;  // WebP
  bool packed = true;     // TIFF: compressed in any way
  bool palette = false;   // PNG, GIF: colors came from a table
  int bit_depth = 8;      // of a sample in the file: 1..16

  struct JpegComponent {
    int horizontal_sampling = 1;                   // 1..4
    int vertical_sampling = 1;                     // 1..4
    std::array<std::uint16_t, 64> quantization{};  // natural (row by row) order
  };
  // The colors of all of a GIF's tables, 0xRRGGBB, ascending; empty unless GIF.
  std::vector<std::uint32_t> gif_colors;
  // PNG: whole chunks that say how to read the colors where there is no profile (gAMA, cHRM ...).
  Bytes png_color_chunks;
  std::vector<JpegComponent> jpeg_components;  // empty unless JPEG
  bool jpeg_progressive = false;
  bool jpeg_luma_chroma = true;  // components are YCbCr or YCCK, not RGB or CMYK as they are
  // The file's EXIF orientation, 1..8. The pixels are already upright; a JPEG that was turned by
  // 90 degrees needs its sampling factors and tables transposed when written again.
  int orientation = 1;
};

// Upright pixels of one or more frames of equal size, stacked top to bottom in one image.
struct Photo {
  Image pixels;
  int frame_count = 1;
  std::vector<int> frame_delays_ms;       // empty, or one a frame
  int loop_count = 0;                     // 0: for ever
  Bytes icc_profile;                      // empty: none
  std::optional<ColorCodes> color_codes;  // only where there is no profile
  SourceEncoding source;

  Size frame_size() const { return {pixels.width(), pixels.height() / frame_count}; }
  MutableImageView frame(int index) {
    return pixels.mutable_view().crop(
        {0, index * frame_size().height, frame_size().width, frame_size().height});
  }
  ImageView frame(int index) const {
    return pixels.view().crop({0, index * frame_size().height, frame_size().width, frame_size().height});
  }
};

// A rectangle of an upright photo, with its place in it.
struct Patch {
  Image pixels;
  int x = 0;
  int y = 0;
  // What some of its cells show; their pixels then do not count, though they hold nothing of the original
  // either. Only redaction makes them.
  std::vector<SplineSurface> surfaces;
};

// Something that has been through redaction. Only redact/ can make one, and the encoders take
// nothing else, so unredacted pixels cannot leave the program by mistake.
template <class T>
class Redacted {
 public:
  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  explicit Redacted(T&& value) : value_(std::move(value)) {}
  T value_;
  friend class Redactor;  // redact/redact.h
};

using RedactedPhoto = Redacted<Photo>;
using RedactedPatch = Redacted<Patch>;

}  // namespace face_privacy
