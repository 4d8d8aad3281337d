// What files carry beside their pictures is a stranger's bytes: each is read as each format, to an end, and
// what stays of it is a block that reads back as itself and holds no picture.
#include <cstdint>

#include "codec/metadata/kept_exif.h"
#include "codec/metadata/kept_panorama.h"
#include "codec/metadata/metadata.h"

using namespace face_privacy;

namespace {

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

void check_kept(ByteView exif, ByteView xmp) {
  constexpr Size kSize{40, 30};
  const Bytes kept = kept_exif(exif, kSize);
  expect(kept.size() <= 60'000);
  expect(kept_exif(kept, kSize) == kept);
  const Bytes panorama = kept_panorama(xmp);
  expect(kept_panorama(panorama) == panorama);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const Format format :
       {Format::kJpeg, Format::kPng, Format::kWebp, Format::kAvif, Format::kTiff, Format::kGif}) {
    const CarriedMetadata metadata = read_metadata({data, size}, {format, {}, 1, 1});
    expect(metadata.exif.size() <= 2 * size && metadata.xmp.size() <= 2 * size);
    check_kept(metadata.exif, metadata.xmp);
  }
  check_kept({data, size}, {data, size});
  return 0;
}
