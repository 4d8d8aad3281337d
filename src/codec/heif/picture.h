// The part of an AVIF or HEIC file that is the photo, as cameras and phones write it: a coded picture or a
// grid of them, turned, mirrored or cropped, perhaps with transparency. It is written anew as a file that
// holds nothing else, and the library that decodes it is given that one alone: no overlay, no item derived
// from derived ones, no thumbnail, no size that disagrees with another ever reaches it.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"

namespace face_privacy {

// Pixels a side: a picture may be cut out of larger tiles.
inline constexpr int kHeifTilePx = 4096;

struct HeifPicture {
  Bytes file;
  bool has_premultiplied_alpha = false;
  // The contents of colr boxes that name code points of H.273, behind their "nclx".
  std::vector<Bytes> color_codes;
};

// kUnsupportedPhoto, kDamagedPhoto, kTooManyPixels, kTooCostly.
Result<HeifPicture> extract_heif_picture(ByteView file, const Limits& limits);

}  // namespace face_privacy
