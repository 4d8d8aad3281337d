#include "codec/codec.h"

#include <cstdint>
#include <limits>
#include <string>

#include "codec/gif/gif.h"
#include "codec/gif/writer.h"
#include "codec/heif/heif.h"
#include "codec/jpeg/jpeg.h"
#include "codec/png/png.h"
#include "codec/tiff/tiff.h"
#include "codec/vips/convert.h"
#include "codec/vips/vips_bridge.h"
#include "codec/webp/webp.h"

namespace face_privacy {
namespace {

Result<Format> admit(ByteView file, const Limits& limits) {
  if (file.size() > limits.max_bytes) {
    return fail(ErrorCode::kTooManyBytes,
                "The file has more than " + std::to_string(limits.max_bytes) + " bytes.");
  }
  const auto format = sniff_format(file);
  if (!format) return fail(ErrorCode::kNotAPhoto, "The file is not a photo of a known format.");
  return *format;
}

// Pages of a TIFF are no animation, and neither becomes the other.
bool holds_frames_of(Format format, Format source) {
  switch (format) {
    case Format::kGif:
    case Format::kWebp: return source == Format::kGif || source == Format::kWebp;
    case Format::kTiff: return source == Format::kTiff;
    case Format::kJpeg:
    case Format::kPng:
    case Format::kAvif:
    case Format::kHeic: return false;
  }
  return false;
}

// AVIF has 8, 10 and 12 bits. 10 bits would end the process: libheif 1.15 asks libaom for the AV1
// profile of 12 bits there, and libaom stops at an assertion.
int avif_bit_depth(const ImageView& pixels) { return pixels.layout.bytes_per_sample == 1 ? 8 : 12; }

constexpr int kMaxGifSide = 65535;

Result<Bytes> write(const Photo& photo, Format format, const Writable& writable, std::optional<int> quality) {
  const ImageView& pixels = writable.pixels;
  switch (format) {
    case Format::kJpeg: {
      const bool as_source = photo.source.format == Format::kJpeg;
      return encode_jpeg(pixels, writable.icc_profile, {as_source ? &photo.source : nullptr, quality});
    }
    case Format::kPng: return encode_png(writable, photo.source);
    case Format::kWebp: return encode_webp(pixels, photo, writable.icc_profile, quality);
    case Format::kAvif: return encode_avif(writable, avif_bit_depth(pixels), quality);
    case Format::kTiff:
      return write_tiff_by_vips(pixels, photo.frame_count, writable.icc_profile, photo.source.packed);
    case Format::kGif:
      if (pixels.width > kMaxGifSide || photo.frame_size().height > kMaxGifSide) {
        return fail(ErrorCode::kUnsupportedPhoto, "The photo is too large for GIF.");
      }
      return write_gif(pixels, photo);
    case Format::kHeic: break;
  }
  return fail(ErrorCode::kUnsupportedPhoto, "HEIC is read, but not written.");
}

}  // namespace

void prepare_codecs() {
  start_vips();
  start_heif();
}

Result<PhotoHeader> read_header(ByteView file, const Limits& limits) {
  const auto format = admit(file, limits);
  if (!format) return fail(format);
  switch (*format) {
    case Format::kJpeg: return read_jpeg_header(file, limits);
    case Format::kPng: return read_png_header(file, limits);
    case Format::kWebp: return read_webp_header(file, limits);
    case Format::kAvif:
    case Format::kHeic: return read_heif_header(*format, file, limits);
    case Format::kTiff: return read_tiff_header(file, limits);
    case Format::kGif: return read_gif_header(file, limits);
  }
  return fail(ErrorCode::kNotAPhoto, "The file is not a photo of a known format.");
}

Result<Photo> decode(ByteView file, const Limits& limits) {
  const auto format = admit(file, limits);
  if (!format) return fail(format);
  switch (*format) {
    case Format::kJpeg: return decode_jpeg(file, limits);
    case Format::kPng: return decode_png(file, limits);
    case Format::kWebp: return decode_webp(file, limits);
    case Format::kAvif:
    case Format::kHeic: return decode_heif(*format, file, limits);
    case Format::kTiff: return decode_tiff(file, limits);
    case Format::kGif: return decode_gif(file, limits);
  }
  return fail(ErrorCode::kNotAPhoto, "The file is not a photo of a known format.");
}

// Measured with noise, which costs most: libaom takes 26 bytes of memory and 0.4 us for a pixel of 8 bits,
// up to 45 bytes for one of 12; libwebp takes 24 bytes and 0.4 us. Beyond these an encoder takes more than
// a gigabyte or half a minute, and libaom ends the process where there is none to be had.
Result<void> check_encode_cost(const PhotoHeader& photo, Format format) {
  const std::uint64_t pixels = photo.pixels();
  const bool deep = photo.bytes_per_sample > 1;
  std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (format == Format::kAvif) most = deep ? 20'000'000 : 36'000'000;
  if (format == Format::kWebp && photo.frame_count == 1) most = 64'000'000;
  if (pixels <= most) return {};
  return fail(ErrorCode::kTooCostly, "The photo has too many pixels to be written as " +
                                         std::string(format == Format::kAvif ? "AVIF" : "WebP") + ".");
}

namespace {

// What an encoder takes of a pixel. A file of one that keeps every pixel is as large as the picture where it
// is noise, and twice that while it grows.
std::uint64_t encoder_bytes(const PhotoHeader& photo, Format format) {
  const bool deep = photo.bytes_per_sample > 1;
  switch (format) {
    case Format::kAvif: return deep ? 45 : 26;
    case Format::kWebp: return 24;
    case Format::kPng:
    case Format::kTiff:
      return 2 * static_cast<std::uint64_t>(photo.channels) *
             static_cast<std::uint64_t>(photo.bytes_per_sample);
    case Format::kJpeg:
    case Format::kGif:
    case Format::kHeic: break;
  }
  return 2;
}

// Of decoded pictures how many a decoder holds at once, with what comes out: libheif its planes and a copy,
// libvips what is interlaced or stored in large tiles.
std::uint64_t pictures_while_decoding(Format format) {
  switch (format) {
    case Format::kAvif:
    case Format::kHeic: return 3;
    case Format::kPng:
    case Format::kTiff:
    case Format::kWebp:
    case Format::kGif: return 2;
    case Format::kJpeg: break;
  }
  return 1;
}

}  // namespace

std::uint64_t working_bytes(const PhotoHeader& photo, std::optional<Format> output) {
  const auto decoded =
      static_cast<std::uint64_t>(photo.channels) * static_cast<std::uint64_t>(photo.bytes_per_sample);
  return photo.pixels() *
         (pictures_while_decoding(photo.format) * decoded + (output ? encoder_bytes(photo, *output) : 0));
}

namespace {

PhotoHeader header_of(const Photo& photo) {
  const PixelLayout& layout = photo.pixels.layout();
  PhotoHeader header{photo.source.format, photo.frame_size(), photo.frame_count};
  header.channels = layout.channels();
  header.bytes_per_sample = layout.bytes_per_sample;
  return header;
}

}  // namespace

Result<Bytes> encode(const RedactedPhoto& photo, const EncodeOptions& options) {
  const Format format = output_format(photo->source.format, options);
  if (photo->frame_count > 1 && !holds_frames_of(format, photo->source.format)) {
    return fail(ErrorCode::kUnsupportedPhoto,
                "The photo has several frames, which " + std::string(name_of(format)) + " cannot hold.");
  }
  if (auto fits = check_encode_cost(header_of(*photo), format); !fits) return fail(fits);
  const auto writable = make_writable(*photo, format);
  if (!writable) return fail(writable);
  return write(*photo, format, *writable, options.quality);
}

}  // namespace face_privacy
