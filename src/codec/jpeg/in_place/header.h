// What the header of a JPEG says that can be edited in place as it is coded.
#pragma once

#include <optional>

#include "base/bytes.h"
#include "base/limits.h"
#include "codec/jpeg/scan/frame_header.h"
#include "codec/shared/format.h"

namespace face_privacy {

struct JpegHeader {
  jpeg::Layout layout;
  bool progressive = false;

  PhotoHeader photo() const;
};

// Nothing for a file that is no JPEG, breaks a limit, is coded otherwise or has anything odd about its
// header. Behind the header nothing is read, so what it announces may be missing.
std::optional<JpegHeader> read_jpeg_header_in_place(ByteView file, const Limits& limits);

}  // namespace face_privacy
