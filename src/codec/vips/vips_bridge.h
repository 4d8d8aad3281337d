// libvips, set up for photos of strangers: only the loaders that are asked for by name, no cache, no
// temporary files, nothing printed. No other file of the program sees its headers.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "image/image.h"
#include "image/photo.h"

namespace face_privacy {

// Loads libvips, once per process; other functions here do it where nobody has. Throws as
// OnDemandLibrary::load.
void start_vips();

// A file that libvips has opened: its header is read, its pixels are not.
class VipsReader {
 public:
  // `file` must outlive the reader, and its format must be PNG, TIFF or GIF. Of a TIFF or GIF
  // `frame_count` frames are read, which must be of equal size, of a TIFF from `first_frame` on.
  // kDamagedPhoto.
  static Result<VipsReader> open(Format format, ByteView file, int frame_count, int first_frame = 0);

  VipsReader(VipsReader&&) noexcept;
  VipsReader& operator=(VipsReader&&) noexcept;
  ~VipsReader();

  Size frame_size() const;  // as stored
  int frame_count() const;
  ByteView icc_profile() const;
  std::vector<int> frame_delays_ms() const;
  int loop_count() const;

  // Leaves out all channels but the first `color_channels` and the one at `alpha`. kDamagedPhoto where there
  // are fewer.
  Result<void> keep_channels(int color_channels, std::optional<int> alpha);

  // What the pixels will be; kUnsupportedPhoto for samples and channels that `Image` does not have.
  Result<PixelLayout> layout() const;

  // All frames, each turned by `orientation`, stacked. Once only.
  Result<Image> read_upright(int orientation);

 private:
  struct Impl;
  explicit VipsReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// 8 or 16 bit, gray or RGB, with or without alpha. The file has an unasked-for pHYs chunk.
Bytes write_png_by_vips(const ImageView& pixels, ByteView icc_profile);

// Any layout; the frames become pages. Packed: by LZW.
Bytes write_tiff_by_vips(const ImageView& pixels, int frame_count, ByteView icc_profile, bool packed);

// The picture in sRGB, 8 or 16 bit, alpha kept, by its profile; without a usable one CMYK is read as
// a common press's. Nothing if the profile cannot be applied.
std::optional<Image> to_srgb_by_vips(const ImageView& pixels, ByteView icc_profile);

// A profile that says what primaries 12 and transfer 13 of H.273 say.
Bytes display_p3_profile_by_vips();

}  // namespace face_privacy
