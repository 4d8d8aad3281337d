#include <algorithm>
#include <cstring>

#include "base/byte_reader.h"
#include "codec/jpeg/metadata.h"
#include "codec/metadata/blocks.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

// Markers, ITU-T T.81 table B.1.
constexpr std::uint8_t kEndOfImage = 0xD9;
constexpr std::uint8_t kStartOfScan = 0xDA;
constexpr std::uint8_t kApp0 = 0xE0;
constexpr std::uint8_t kCommentMarker = 0xFE;

bool has_no_length(std::uint8_t marker) { return marker <= 0x01 || (marker >= 0xD0 && marker <= 0xD8); }

// The place of the next marker at or behind `position`: of its 0xFF, which no fill byte follows.
std::size_t next_marker(ByteView file, std::size_t position) {
  while (position + 1 < file.size()) {
    const void* found = std::memchr(file.data() + position, 0xFF, file.size() - position - 1);
    if (found == nullptr) break;
    position = static_cast<std::size_t>(static_cast<const std::uint8_t*>(found) - file.data());
    const std::uint8_t marker = file[position + 1];
    if (marker != 0xFF && !has_no_length(marker)) return position;
    position += marker == 0xFF ? 1 : 2;
  }
  return file.size();
}

void add_jfif(ByteView segment, CarriedMetadata& metadata) {
  constexpr std::size_t kThumbnailSizeAt = 12;
  const bool has_thumbnail = segment.size() > kThumbnailSizeAt + 1 && segment[kThumbnailSizeAt] > 0 &&
                             segment[kThumbnailSizeAt + 1] > 0;
  if (has_thumbnail || text_of(segment).starts_with("JFXX")) metadata.kinds.add(Kind::kThumbnail);
}

void add_app1(ByteView segment, CarriedMetadata& metadata) {
  constexpr std::string_view kXmpName = "http://ns.adobe.com/xap/1.0/\0"sv;
  const std::string_view text = text_of(segment);
  if (text.starts_with("Exif\0"sv)) {
    add_exif(segment, metadata);
  } else if (text.starts_with(kXmpName)) {
    add_xmp(segment.subspan(kXmpName.size()), metadata);
  } else if (text.starts_with("http://ns.adobe.com/xmp/extension/")) {
    metadata.kinds.add(Kind::kXmp);
  } else {
    metadata.kinds.add(Kind::kOther);
  }
}

void add_app2(std::string_view text, CarriedMetadata& metadata) {
  if (text.starts_with("ICC_PROFILE\0"sv)) return;  // put together from all its segments
  metadata.kinds.add(text.starts_with("MPF\0"sv) ? Kind::kExtraPictures : Kind::kOther);
}

void add_segment(std::uint8_t marker, ByteView segment, CarriedMetadata& metadata) {
  constexpr std::string_view kPhotoshopName = "Photoshop 3.0\0"sv;
  const std::string_view text = text_of(segment);
  if (marker == kCommentMarker) return metadata.kinds.add(Kind::kComments);
  if (marker < kApp0 || marker > kApp0 + 15) return;
  switch (marker - kApp0) {
    case 0: return add_jfif(segment, metadata);
    case 1: return add_app1(segment, metadata);
    case 2: return add_app2(text, metadata);
    case 11: return metadata.kinds.add(text.starts_with("JP") ? Kind::kProvenance : Kind::kOther);
    case 13:
      if (text.starts_with(kPhotoshopName))
        return add_photoshop(segment.subspan(kPhotoshopName.size()), metadata);
      break;
    case 14:
      if (text.starts_with("Adobe")) return;  // how the colors are stored
      break;
    default: break;
  }
  metadata.kinds.add(Kind::kOther);
}

}  // namespace

void add_jpeg(ByteView file, CarriedMetadata& metadata) {
  add_profile(read_jpeg_metadata(file).icc_profile, metadata);
  for (std::size_t position = next_marker(file, 2); position + 4 <= file.size();
       position = next_marker(file, position)) {
    const std::uint8_t marker = file[position + 1];
    if (marker == kEndOfImage) return add_trailer(file.subspan(position + 2), metadata);
    const std::size_t length = std::size_t{file[position + 2]} << 8 | file[position + 3];
    if (length < 2 || length > file.size() - position - 2) return;
    if (marker != kStartOfScan) add_segment(marker, file.subspan(position + 4, length - 2), metadata);
    position += 2 + length;
  }
}

}  // namespace face_privacy
