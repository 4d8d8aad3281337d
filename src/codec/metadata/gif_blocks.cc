#include "base/byte_reader.h"
#include "codec/metadata/blocks.h"

namespace face_privacy {
namespace {

using Kind = MetadataKind;

// GIF89a, sections 17 to 27.
constexpr std::size_t kHeaderBytes = 13;
constexpr std::uint8_t kImage = 0x2C;
constexpr std::uint8_t kExtension = 0x21;
constexpr std::uint8_t kTrailer = 0x3B;
constexpr std::uint8_t kPlainText = 0x01;
constexpr std::uint8_t kCommentLabel = 0xFE;
constexpr std::uint8_t kApplication = 0xFF;

void skip_colors(std::uint8_t flags, ByteReader& reader) {
  if ((flags & 0x80) != 0) reader.skip(std::size_t{3} << ((flags & 7) + 1));
}

void skip_blocks(ByteReader& reader) {
  for (std::uint8_t length = reader.u8(); length > 0 && reader.ok(); length = reader.u8())
    reader.skip(length);
}

void add_application(ByteReader& reader, CarriedMetadata& metadata) {
  const std::string_view name = reader.text(reader.u8());
  if (name == "XMP DataXMP") {
    // The packet is no row of blocks, and ends in bytes that lead every reader of blocks to their end.
    const std::size_t begin = reader.position();
    skip_blocks(reader);
    ByteReader packet = reader;
    packet.seek(begin);
    return add_xmp(packet.take(reader.position() - begin), metadata);
  }
  if (name == "MGKIPTC0000") metadata.kinds.add(Kind::kIptc);
  if (name != "NETSCAPE2.0" && name != "ANIMEXTS1.0" && name != "ICCRGBG1012")
    metadata.kinds.add(Kind::kOther);
  skip_blocks(reader);
}

void add_extension(ByteReader& reader, CarriedMetadata& metadata) {
  const std::uint8_t label = reader.u8();
  if (label == kApplication) return add_application(reader, metadata);
  if (label == kCommentLabel || label == kPlainText) metadata.kinds.add(Kind::kComments);
  skip_blocks(reader);
}

void skip_image(ByteReader& reader) {
  reader.skip(8);
  skip_colors(reader.u8(), reader);
  reader.skip(1);
  skip_blocks(reader);
}

}  // namespace

void add_gif(ByteView file, CarriedMetadata& metadata) {
  ByteReader reader(file, ByteOrder::kLittle);
  const ByteView header = reader.take(kHeaderBytes);
  if (!reader.ok()) return;
  skip_colors(header[10], reader);
  while (reader.remaining() > 0) {
    switch (reader.u8()) {
      case kExtension: add_extension(reader, metadata); break;
      case kImage: skip_image(reader); break;
      case kTrailer: return add_trailer(reader.take_rest(), metadata);
      default: return;
    }
  }
}

}  // namespace face_privacy
