// Formats by their first bytes and by name, and what a header says.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "image/photo.h"

namespace face_privacy {

// Which format the first bytes announce; nothing if none that is read here.
std::optional<Format> sniff_format(ByteView file);

std::string_view name_of(Format format);                        // "jpeg", "png", ...
std::string_view media_type_of(Format format);                  // "image/jpeg", ...
std::string_view extension_of(Format format);                   // ".jpg", ...
std::optional<Format> format_from_name(std::string_view name);  // "jpeg" or "jpg", "png", ...

// ".JPG", ".jpe", ".hif" and whatever else photos of these formats are called, in any case.
std::optional<Format> format_from_extension(std::string_view extension);

// What the header says; nothing of it costs more than the header.
struct PhotoHeader {
  Format format;
  Size size;  // of a frame, upright
  int frame_count = 1;
  int orientation = 1;  // EXIF, 1..8
  // Of the decoded picture, at most.
  int channels = 4;
  int bytes_per_sample = 1;  // 1 or 2

  std::uint64_t pixels() const;  // of all frames
};

struct EncodeOptions {
  std::optional<Format> format{};  // none: as the source; HEIC, which is read only, becomes JPEG
  std::optional<int> quality{};    // 1..100; none: JPEG's own tables, a good default elsewhere
};

// The format that `encode` will write for a source of format `source`.
Format output_format(Format source, const EncodeOptions& options);

}  // namespace face_privacy
