// The kinds of what a photo's file carries beside its picture. Kinds only: no value of any of them is
// ever kept.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace face_privacy {

enum class MetadataKind : std::uint8_t {
  kPosition,        // GPS, or place names
  kDate,            // when it was taken or changed
  kDevice,          // maker, model, lens, program
  kSerialNumber,    // of camera or lens, or a number that only this picture has
  kOwner,           // photographer, holder of rights
  kPeople,          // names or boxes of persons
  kComments,        // captions, keywords, comments
  kThumbnail,       // a small copy of the picture
  kMakerNotes,      // a camera maker's own block
  kCameraSettings,  // exposure and the like
  kFilm,            // of a motion photo, or the link to a Live Photo's
  kEdits,           // an editor's history
  kPanorama,        // how the picture lies on a sphere
  kXmp,
  kIptc,
  kExtraPictures,  // previews, depth and gain maps, masks
  kProvenance,     // content credentials
  kProfileTags,    // what a color profile holds beside colors
  kTrailer,        // bytes behind the picture's end
  kOther,
};
inline constexpr int kMetadataKindCount = static_cast<int>(MetadataKind::kOther) + 1;

std::string_view name_of(MetadataKind kind);  // "position", "serial_number", ...

class MetadataKinds {
 public:
  MetadataKinds() = default;
  // Bits that stand for no kind are ignored.
  static MetadataKinds from_bits(std::uint32_t bits) {
    MetadataKinds kinds;
    kinds.bits_ = bits & ((1U << kMetadataKindCount) - 1);
    return kinds;
  }

  void add(MetadataKind kind) { bits_ |= bit_of(kind); }
  void add(const MetadataKinds& more) { bits_ |= more.bits_; }
  void remove(const MetadataKinds& fewer) { bits_ &= ~fewer.bits_; }
  bool contains(MetadataKind kind) const { return (bits_ & bit_of(kind)) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  std::vector<MetadataKind> list() const;  // in the order of the kinds
  bool operator==(const MetadataKinds&) const = default;

 private:
  static std::uint32_t bit_of(MetadataKind kind) { return 1U << static_cast<unsigned>(kind); }
  std::uint32_t bits_ = 0;
};

// "position, date, device"; empty where there is none.
std::string names_of(const MetadataKinds& kinds);

}  // namespace face_privacy
