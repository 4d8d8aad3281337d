#include "codec/metadata/metadata.h"

#include "codec/metadata/blocks.h"

namespace face_privacy {

CarriedMetadata read_metadata(ByteView file, const PhotoHeader& header) {
  CarriedMetadata metadata;
  switch (header.format) {
    case Format::kJpeg: add_jpeg(file, metadata); break;
    case Format::kPng: add_png(file, metadata); break;
    case Format::kWebp: add_webp(file, metadata); break;
    case Format::kGif: add_gif(file, metadata); break;
    case Format::kTiff: add_tiff(file, header.frame_count, metadata); break;
    case Format::kAvif:
    case Format::kHeic: add_heif(file, metadata); break;
  }
  return metadata;
}

}  // namespace face_privacy
