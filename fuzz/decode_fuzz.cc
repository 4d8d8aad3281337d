// Any bytes: either an error, or an upright picture within the limits that is what the header said.
// What was decoded is also written again, by its own format's writer, where that is quick.
#include <cstdlib>

#include "codec/codec.h"
#include "redact/redact.h"

namespace {

using namespace face_privacy;

constexpr Limits kSmall{
    .max_bytes = std::size_t{1} << 20, .max_pixels = 250'000, .max_side = 2'000, .max_frames = 10};

void require(bool holds) {
  if (!holds) std::abort();
}

void require_within_limits(const Photo& photo) {
  const Size size = photo.frame_size();
  require(size.width > 0 && size.height > 0 && photo.frame_count > 0);
  require(size.width <= kSmall.max_side && size.height <= kSmall.max_side);
  require(photo.frame_count <= kSmall.max_frames);
  require(photo.pixels.height() == size.height * photo.frame_count);
  require(static_cast<std::uint64_t>(photo.pixels.width()) *
              static_cast<std::uint64_t>(photo.pixels.height()) <=
          kSmall.max_pixels);
  require(photo.frame_delays_ms.empty() ||
          photo.frame_delays_ms.size() == static_cast<std::size_t>(photo.frame_count));
}

void require_as_announced(const Photo& photo, const PhotoHeader& header) {
  require(photo.source.format == header.format);
  require(photo.frame_size() == header.size);
  require(photo.frame_count == header.frame_count);
  require(photo.source.orientation == header.orientation);
}

// The slow writers are left to the tests: their input is pixels, which are not hostile.
bool is_quick_to_write(const Photo& photo) {
  return photo.source.format != Format::kAvif && photo.source.format != Format::kWebp &&
         photo.pixels.size_bytes() < 40'000;
}

}  // namespace

// libheif 1.15 forgets a reference of 40 bytes to what dav1d refuses; nothing here can give it back.
extern "C" const char* __lsan_default_suppressions() { return "leak:libdav1d.so\n"; }  // NOLINT

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView file(data, size);
  const auto header = read_header(file, kSmall);
  auto photo = decode(file, kSmall);
  if (!photo) return 0;
  require(header.has_value());
  require_within_limits(*photo);
  require_as_announced(*photo, *header);
  if (!is_quick_to_write(*photo)) return 0;
  const Size upright = photo->frame_size();
  const std::vector<std::vector<Region>> nothing(static_cast<std::size_t>(photo->frame_count));
  const auto written = encode(Redactor::redact(std::move(*photo), nothing, {}), {});
  require(written.has_value());
  const auto again = decode(*written, kSmall);
  require(again.has_value() && again->frame_size() == upright);
  return 0;
}
