#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "codec/metadata/blocks.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

constexpr std::array kPlainWebpChunks{"VP8 "sv, "VP8L"sv, "VP8X"sv, "ALPH"sv, "ANIM"sv, "ANMF"sv};

void add_chunk(std::string_view type, ByteView data, CarriedMetadata& metadata) {
  if (type == "EXIF"sv) {
    add_exif(data, metadata);
  } else if (type == "XMP "sv) {
    add_xmp(data, metadata);
  } else if (type == "ICCP"sv) {
    add_profile(data, metadata);
  } else if (type == "C2PA"sv) {
    metadata.kinds.add(Kind::kProvenance);
  } else if (std::find(kPlainWebpChunks.begin(), kPlainWebpChunks.end(), type) == kPlainWebpChunks.end()) {
    metadata.kinds.add(Kind::kOther);
  }
}

}  // namespace

// RFC 9649.
void add_webp(ByteView file, CarriedMetadata& metadata) {
  constexpr std::size_t kFileHeaderBytes = 8;  // "RIFF" and how many follow
  ByteReader outer(file, ByteOrder::kLittle);
  outer.skip(4);
  const std::uint32_t size = outer.u32();
  if (!outer.ok()) return;
  ByteReader reader = outer.nested(std::min<std::size_t>(size, file.size() - kFileHeaderBytes));
  reader.skip(4);
  while (reader.remaining() >= 8) {
    const std::string_view type = reader.text(4);
    const std::uint32_t bytes = reader.u32();
    const ByteView data = reader.take(bytes);
    if (!reader.ok()) break;
    if (bytes % 2 != 0 && reader.remaining() > 0) reader.skip(1);
    add_chunk(type, data, metadata);
  }
  add_trailer(outer.take_rest(), metadata);
}

}  // namespace face_privacy
