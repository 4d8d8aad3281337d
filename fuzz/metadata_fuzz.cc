// What files carry beside their pictures is a stranger's bytes: each is read as each format, to an end.
#include <cstdint>

#include "codec/metadata/metadata.h"

using namespace face_privacy;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const Format format :
       {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif, Format::kTiff, Format::kGif}) {
    const CarriedMetadata metadata = read_metadata({data, size}, {format, {}, 1, 1});
    if (metadata.exif.size() > 2 * size || metadata.xmp.size() > 2 * size) __builtin_trap();
  }
  return 0;
}
