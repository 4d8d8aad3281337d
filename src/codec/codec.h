// Bytes to pixels and back. Formats are told by content. Metadata does not survive; the colour
// profile does. Thread-safe.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/photo.h"

namespace face_privacy {

// Which format the first bytes announce; nothing if none that is read here.
std::optional<Format> sniff_format(ByteView file);

std::string_view name_of(Format format);                        // "jpeg", "png", ...
std::string_view media_type_of(Format format);                  // "image/jpeg", ...
std::string_view extension_of(Format format);                   // ".jpg", ...
std::optional<Format> format_from_name(std::string_view name);  // "jpeg" or "jpg", "png", ...

// What the header says; nothing of it costs more than the header.
struct PhotoHeader {
  Format format;
  Size size;  // of a frame, upright
  int frame_count = 1;
  int orientation = 1;  // EXIF, 1..8
};
Result<PhotoHeader> read_header(ByteView file, const Limits& limits);

// The whole photo, upright. Errors: kNotAPhoto, kDamagedPhoto (also for a truncated file, even
// where a decoder could guess the rest), kTooManyBytes, kTooManyPixels, kTooManyFrames.
Result<Photo> decode(ByteView file, const Limits& limits);

struct EncodeOptions {
  std::optional<Format> format{};  // none: as the source; HEIC, which is read only, becomes JPEG
  std::optional<int> quality{};    // 1..100; none: JPEG's own tables, a good default elsewhere
};

// The format that `encode` will write for a source of format `source`.
Format output_format(Format source, const EncodeOptions& options);

// A whole file. An animation to a format that has none is kUnsupportedPhoto; 16 bits become 8 and
// alpha goes onto white where the format needs it.
Result<Bytes> encode(const RedactedPhoto& photo, const EncodeOptions& options);

}  // namespace face_privacy
