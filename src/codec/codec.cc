#include "codec/codec.h"

#include <string>

#include "codec/jpeg.h"
#include "codec/vips_decode.h"
#include "codec/vips_encode.h"

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

}  // namespace

Result<PhotoHeader> read_header(ByteView file, const Limits& limits) {
  const auto format = admit(file, limits);
  if (!format) return fail(format);
  return *format == Format::kJpeg ? read_jpeg_header(file, limits) : read_vips_header(*format, file, limits);
}

Result<Photo> decode(ByteView file, const Limits& limits) {
  const auto format = admit(file, limits);
  if (!format) return fail(format);
  return *format == Format::kJpeg ? decode_jpeg(file, limits) : decode_vips(*format, file, limits);
}

Result<Bytes> encode(const RedactedPhoto& photo, const EncodeOptions& options) {
  const Format format = output_format(photo->source.format, options);
  if (format == Format::kJpeg) {
    return encode_jpeg(photo->pixels.view(), photo->icc_profile, {&photo->source, options.quality});
  }
  return encode_vips(*photo, format, options.quality);
}

}  // namespace face_privacy
