#include "codec/jpeg/in_place/header.h"

#include <utility>

#include "codec/shared/orientation.h"

namespace face_privacy {

PhotoHeader JpegHeader::photo() const {
  PhotoHeader header;
  header.format = Format::kJpeg;
  header.orientation = layout.orientation;
  header.size = upright_size(layout.size, layout.orientation);
  header.channels = 3;
  return header;
}

std::optional<JpegHeader> read_jpeg_header_in_place(ByteView file, const Limits& limits) {
  if (auto layout = jpeg::read_layout(file, limits)) return JpegHeader{std::move(*layout), false};
  if (auto layout = jpeg::read_progressive_layout(file, limits)) return JpegHeader{std::move(*layout), true};
  return std::nullopt;
}

}  // namespace face_privacy
