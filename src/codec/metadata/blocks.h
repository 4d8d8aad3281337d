// The blocks of metadata that formats have in common, and what kinds of things are in each.
#pragma once

#include <string_view>

#include "codec/metadata/metadata.h"

namespace face_privacy {

inline std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A TIFF structure, with or without "Exif\0\0" before it.
void add_exif(ByteView block, CarriedMetadata& metadata);
void add_xmp(ByteView packet, CarriedMetadata& metadata);
// Photoshop's image resources, in which IPTC lies.
void add_photoshop(ByteView resources, CarriedMetadata& metadata);
void add_profile(ByteView icc_profile, CarriedMetadata& metadata);
// Bytes behind the picture's end; nothing where all are zero.
void add_trailer(ByteView bytes, CarriedMetadata& metadata);

// The walks through the formats' own structures.
void add_jpeg(ByteView file, CarriedMetadata& metadata);
void add_png(ByteView file, CarriedMetadata& metadata);
void add_webp(ByteView file, CarriedMetadata& metadata);
void add_gif(ByteView file, CarriedMetadata& metadata);
void add_tiff(ByteView file, int photo_pages, CarriedMetadata& metadata);
void add_heif(ByteView file, CarriedMetadata& metadata);

}  // namespace face_privacy
