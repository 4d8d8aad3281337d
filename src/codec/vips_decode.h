// Every format but JPEG, by libvips. Used by codec.cc alone, which has checked the format and the
// byte limit.
#pragma once

#include "codec/codec.h"

namespace face_privacy {

Result<PhotoHeader> read_vips_header(Format format, ByteView file, const Limits& limits);
Result<Photo> decode_vips(Format format, ByteView file, const Limits& limits);

}  // namespace face_privacy
