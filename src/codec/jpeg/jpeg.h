// JPEG by libjpeg-turbo. Used by codec.cc alone, which has checked the format and the byte limit.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/shared/format.h"
#include "image/photo.h"

namespace face_privacy {

Result<PhotoHeader> read_jpeg_header(ByteView file, const Limits& limits);
Result<Photo> decode_jpeg(ByteView file, const Limits& limits);

// How `encode_jpeg` writes. The pixels are 8 bit without alpha.
struct JpegEncoding {
  // The source's own way of writing; used where it has one component for each channel.
  const SourceEncoding* source = nullptr;
  std::optional<int> quality;  // 1..100; none: the source's tables, or a good default
};
Result<Bytes> encode_jpeg(const ImageView& pixels, ByteView icc_profile, const JpegEncoding& encoding);

}  // namespace face_privacy
