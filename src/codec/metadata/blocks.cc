#include "codec/metadata/blocks.h"

#include <algorithm>
#include <array>

#include "base/byte_reader.h"
#include "codec/metadata/exif_kinds.h"
#include "codec/shared/icc_profile.h"
#include "codec/shared/tiff_structure.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

constexpr int kMaxExifEntries = 4096;

struct Needle {
  std::string_view text;
  Kind kind;
};

// Names of XMP's and of other vendors' schemas, as programs write them.
constexpr std::array kXmpNeedles{
    Needle{"GPSLatitude", Kind::kPosition},
    Needle{"photoshop:City", Kind::kPosition},
    Needle{"Iptc4xmpCore:Location", Kind::kPosition},
    Needle{"LocationCreated", Kind::kPosition},
    Needle{"CreateDate", Kind::kDate},
    Needle{"ModifyDate", Kind::kDate},
    Needle{"DateTimeOriginal", Kind::kDate},
    Needle{"DateCreated", Kind::kDate},
    Needle{"tiff:Make", Kind::kDevice},
    Needle{"tiff:Model", Kind::kDevice},
    Needle{"aux:Lens", Kind::kDevice},
    Needle{"CreatorTool", Kind::kDevice},
    Needle{"SerialNumber", Kind::kSerialNumber},
    Needle{"dc:creator", Kind::kOwner},
    Needle{"dc:rights", Kind::kOwner},
    Needle{"photoshop:Credit", Kind::kOwner},
    Needle{"mwg-rs:Regions", Kind::kPeople},
    Needle{"MPReg:PersonDisplayName", Kind::kPeople},
    Needle{"PersonInImage", Kind::kPeople},
    Needle{"dc:description", Kind::kComments},
    Needle{"dc:title", Kind::kComments},
    Needle{"dc:subject", Kind::kComments},
    Needle{"xmp:Thumbnails", Kind::kThumbnail},
    Needle{"xmpGImg:image", Kind::kThumbnail},
    Needle{"MotionPhoto", Kind::kFilm},
    Needle{"MicroVideo", Kind::kFilm},
    Needle{"xmpMM:", Kind::kEdits},
    Needle{"crs:", Kind::kEdits},
    Needle{"photoshop:", Kind::kEdits},
    Needle{"GPano:", Kind::kPanorama},
    Needle{"GDepth:", Kind::kExtraPictures},
    Needle{"GImage:", Kind::kExtraPictures},
    Needle{"hdrgm:", Kind::kExtraPictures},
};

constexpr std::array kProfileModels{ColorModel::kRgb, ColorModel::kGray, ColorModel::kCmyk};

bool take_budget(ByteView block, CarriedMetadata& metadata) {
  if (block.size() > metadata.budget) return false;
  metadata.budget -= block.size();
  return true;
}

}  // namespace

void add_exif(ByteView block, CarriedMetadata& metadata) {
  if (text_of(block).starts_with("Exif\0"sv) && block.size() > 6) block = block.subspan(6);
  if (block.size() < 8 || block[0] != block[1] || (block[0] != 'I' && block[0] != 'M')) return;
  const TiffStructure tiff(block);
  if (tiff.version() != TiffStructure::kClassic) return;
  if (metadata.exif.empty()) metadata.exif.assign(block.begin(), block.end());
  int budget = kMaxExifEntries;
  const std::uint64_t first = tiff.first_directory();
  add_directory(tiff, block, first, budget, metadata);
  // What a bad entry leaves unread is read from here on none the less.
  const TiffStructure again(block);
  const std::uint64_t second = again.next_directory(again.first_directory());
  if (again.good() && second != 0 && again.entry_count(second) > 0 && again.good()) {
    metadata.kinds.add(Kind::kThumbnail);
  }
}

void add_xmp(ByteView packet, CarriedMetadata& metadata) {
  if (packet.empty()) return;
  if (metadata.xmp.empty()) metadata.xmp.assign(packet.begin(), packet.end());
  metadata.kinds.add(Kind::kXmp);
  if (!take_budget(packet, metadata)) return;
  for (const Needle& needle : kXmpNeedles) {
    if (metadata.kinds.contains(needle.kind)) continue;
    if (text_of(packet).find(needle.text) != std::string_view::npos) metadata.kinds.add(needle.kind);
  }
}

// Adobe Photoshop File Formats Specification, image resource blocks.
void add_photoshop(ByteView resources, CarriedMetadata& metadata) {
  if (!take_budget(resources, metadata)) return metadata.kinds.add(Kind::kIptc);
  ByteReader reader(resources);
  while (reader.consume("8BIM"sv)) {
    const std::uint16_t id = reader.u16();
    const std::uint8_t name_bytes = reader.u8();
    reader.skip(name_bytes + (name_bytes % 2 == 0 ? 1U : 0U));
    const std::uint32_t size = reader.u32();
    const ByteView data = reader.take(size);
    if (size % 2 != 0 && reader.remaining() > 0) reader.skip(1);
    if (!reader.ok()) return;
    switch (id) {
      case 0x0404: metadata.kinds.add(Kind::kIptc); break;
      case 0x0409:
      case 0x040C: metadata.kinds.add(Kind::kThumbnail); break;
      case 0x0422: add_exif(data, metadata); break;
      case 0x0424: add_xmp(data, metadata); break;
      case 0x03ED: break;  // dots an inch
      default: metadata.kinds.add(Kind::kEdits); break;
    }
  }
}

void add_profile(ByteView icc_profile, CarriedMetadata& metadata) {
  if (icc_profile.empty() || !take_budget(icc_profile, metadata)) return;
  for (const ColorModel model : kProfileModels) {
    const Bytes usable = usable_icc_profile(icc_profile, model);
    if (usable.empty()) continue;
    if (!std::equal(usable.begin(), usable.end(), icc_profile.begin(), icc_profile.end())) break;
    return;
  }
  metadata.kinds.add(Kind::kProfileTags);
}

void add_trailer(ByteView bytes, CarriedMetadata& metadata) {
  if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; })) return;
  metadata.kinds.add(Kind::kTrailer);
  const std::string_view text = text_of(bytes);
  const auto has = [&](std::string_view part) { return text.find(part) != std::string_view::npos; };
  if (has("ftyp") || has("MotionPhoto_Data")) metadata.kinds.add(Kind::kFilm);
  if (has("\xFF\xD8\xFF"sv)) metadata.kinds.add(Kind::kExtraPictures);
}

}  // namespace face_privacy
