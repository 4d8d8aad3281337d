#include "codec/metadata/exif_kinds.h"

#include <algorithm>
#include <array>
#include <optional>

#include "codec/metadata/blocks.h"
#include "codec/metadata/tiff_entries.h"

namespace face_privacy {
namespace {

using namespace std::string_view_literals;
using Kind = MetadataKind;

struct TagKind {
  std::uint16_t tag;
  Kind kind;
};

// EXIF 3.0, TIFF 6.0, DNG 1.6, and the "XP" tags of Windows.
constexpr std::array kTagKinds{
    TagKind{0x010D, Kind::kComments},     TagKind{0x010E, Kind::kComments},
    TagKind{0x010F, Kind::kDevice},       TagKind{0x0110, Kind::kDevice},
    TagKind{0x011D, Kind::kComments},     TagKind{0x0131, Kind::kDevice},
    TagKind{0x0132, Kind::kDate},         TagKind{0x013B, Kind::kOwner},
    TagKind{0x013C, Kind::kDevice},       TagKind{0x8298, Kind::kOwner},
    TagKind{0x9003, Kind::kDate},         TagKind{0x9004, Kind::kDate},
    TagKind{0x9010, Kind::kDate},         TagKind{0x9011, Kind::kDate},
    TagKind{0x9012, Kind::kDate},         TagKind{0x9211, Kind::kSerialNumber},
    TagKind{0x927C, Kind::kMakerNotes},   TagKind{0x9286, Kind::kComments},
    TagKind{0x9290, Kind::kDate},         TagKind{0x9291, Kind::kDate},
    TagKind{0x9292, Kind::kDate},         TagKind{0x935C, Kind::kExtraPictures},
    TagKind{0x9C9B, Kind::kComments},     TagKind{0x9C9C, Kind::kComments},
    TagKind{0x9C9D, Kind::kOwner},        TagKind{0x9C9E, Kind::kComments},
    TagKind{0x9C9F, Kind::kComments},     TagKind{0xA420, Kind::kSerialNumber},
    TagKind{0xA430, Kind::kOwner},        TagKind{0xA431, Kind::kSerialNumber},
    TagKind{0xA433, Kind::kDevice},       TagKind{0xA434, Kind::kDevice},
    TagKind{0xA435, Kind::kSerialNumber}, TagKind{0xA436, Kind::kComments},
    TagKind{0xA437, Kind::kOwner},        TagKind{0xA438, Kind::kOwner},
    TagKind{0xA439, Kind::kDevice},       TagKind{0xA43A, Kind::kDevice},
    TagKind{0xA43B, Kind::kDevice},       TagKind{0xA43C, Kind::kDevice},
    TagKind{0xC614, Kind::kDevice},       TagKind{0xC62F, Kind::kSerialNumber},
};

// They say how the pixels are stored, no more.
constexpr std::array<std::uint16_t, 24> kPlainTags{
    0x8769, 0x8825, 0x8773, 0x9000, 0x9101, 0xA000, 0xA001, 0xA002, 0xA003, 0xA005, 0xA500, 0x0153,
    0x0154, 0x0155, 0x0156, 0x0200, 0x0201, 0x0202, 0x0211, 0x0212, 0x0213, 0x0214, 0xEA1C, 0xEA1D};
constexpr std::uint32_t kFirstStructural = 0x00FE;  // of TIFF's own tags
constexpr std::uint32_t kLastStructural = 0x015B;

constexpr std::uint32_t kSubDirectories = 0x014A;
constexpr std::uint32_t kXmp = 0x02BC;
constexpr std::uint32_t kIptc = 0x83BB;
constexpr std::uint32_t kPhotoshop = 0x8649;
constexpr std::uint32_t kIccProfile = 0x8773;
constexpr std::uint32_t kMakerNote = 0x927C;
constexpr std::uint32_t kGpsVersion = 0x0000;
constexpr std::uint32_t kGpsDate = 0x001D;

std::optional<Kind> kind_of(std::uint32_t tag, bool in_exif) {
  const auto known =
      std::find_if(kTagKinds.begin(), kTagKinds.end(), [&](const TagKind& each) { return each.tag == tag; });
  if (known != kTagKinds.end()) return known->kind;
  if (std::find(kPlainTags.begin(), kPlainTags.end(), tag) != kPlainTags.end()) return std::nullopt;
  if (tag >= kFirstStructural && tag <= kLastStructural) return std::nullopt;
  return in_exif ? Kind::kCameraSettings : Kind::kOther;
}

// Apple's block names the film that a Live Photo belongs to by tag 0x11.
bool links_live_photo(ByteView maker_note) {
  constexpr std::string_view kApple = "Apple iOS\0\0\1MM"sv;
  if (!text_of(maker_note).starts_with(kApple)) return false;
  ByteReader reader(maker_note);
  reader.skip(kApple.size());
  for (std::uint16_t left = reader.u16(); left > 0 && reader.ok(); --left) {
    constexpr std::uint16_t kContentIdentifier = 0x0011;
    if (reader.u16() == kContentIdentifier && reader.ok()) return true;
    reader.skip(10);  // the rest of an entry
  }
  return false;
}

class Directories {
 public:
  Directories(const TiffStructure& tiff, ByteView bytes, int& budget, CarriedMetadata& metadata)
      : tiff_(tiff), bytes_(bytes), budget_(budget), metadata_(metadata) {}

  void read(std::uint64_t directory) {
    each_entry(directory, [&](std::uint64_t entry, std::uint32_t tag) {
      if (tag == tiff_tags::kExifDirectory) {
        read_exif(tiff_.value(entry, 0));
      } else if (tag == tiff_tags::kGpsDirectory) {
        read_gps(tiff_.value(entry, 0));
      } else {
        take(entry, tag, false);
      }
    });
  }

 private:
  template <class Visit>
  void each_entry(std::uint64_t directory, const Visit& visit) {
    const std::uint64_t count = tiff_.entry_count(directory);
    for (std::uint64_t i = 0; i < count && tiff_.good() && budget_ > 0; ++i, --budget_) {
      const std::uint64_t entry = tiff_.entry(directory, i);
      const std::uint32_t tag = tiff_.tag(entry);
      if (tiff_.good()) visit(entry, tag);
    }
  }

  void read_exif(std::uint64_t directory) {
    each_entry(directory, [&](std::uint64_t entry, std::uint32_t tag) { take(entry, tag, true); });
  }

  void read_gps(std::uint64_t directory) {
    each_entry(directory, [&](std::uint64_t, std::uint32_t tag) {
      if (tag == kGpsVersion) return;
      metadata_.kinds.add(tag == kGpsDate ? Kind::kDate : Kind::kPosition);
    });
  }

  void take(std::uint64_t entry, std::uint32_t tag, bool in_exif) {
    switch (tag) {
      case kSubDirectories: metadata_.kinds.add(Kind::kExtraPictures); return;
      case kXmp: return add_xmp(content(entry), metadata_);
      case kIptc: metadata_.kinds.add(Kind::kIptc); return;
      case kPhotoshop: return add_photoshop(content(entry), metadata_);
      case kIccProfile: return add_profile(content(entry), metadata_);
      case kMakerNote:
        if (links_live_photo(content(entry))) metadata_.kinds.add(Kind::kFilm);
        break;
      default: break;
    }
    if (const auto kind = kind_of(tag, in_exif)) metadata_.kinds.add(*kind);
  }

  ByteView content(std::uint64_t entry) const { return tiff_.content(entry, bytes_); }

  const TiffStructure& tiff_;
  const ByteView bytes_;
  int& budget_;
  CarriedMetadata& metadata_;
};

}  // namespace

void add_directory(const TiffStructure& tiff, ByteView bytes, std::uint64_t directory, int& budget,
                   CarriedMetadata& metadata) {
  Directories(tiff, bytes, budget, metadata).read(directory);
}

}  // namespace face_privacy
