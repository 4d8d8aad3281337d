#include "codec/shared/metadata_kinds.h"

namespace face_privacy {

std::string_view name_of(MetadataKind kind) {
  switch (kind) {
    case MetadataKind::kPosition: return "position";
    case MetadataKind::kDate: return "date";
    case MetadataKind::kDevice: return "device";
    case MetadataKind::kSerialNumber: return "serial_number";
    case MetadataKind::kOwner: return "owner";
    case MetadataKind::kPeople: return "people";
    case MetadataKind::kComments: return "comments";
    case MetadataKind::kThumbnail: return "thumbnail";
    case MetadataKind::kMakerNotes: return "maker_notes";
    case MetadataKind::kCameraSettings: return "camera_settings";
    case MetadataKind::kFilm: return "film";
    case MetadataKind::kEdits: return "edits";
    case MetadataKind::kPanorama: return "panorama";
    case MetadataKind::kXmp: return "xmp";
    case MetadataKind::kIptc: return "iptc";
    case MetadataKind::kExtraPictures: return "extra_pictures";
    case MetadataKind::kProvenance: return "provenance";
    case MetadataKind::kProfileTags: return "profile_tags";
    case MetadataKind::kTrailer: return "trailer";
    case MetadataKind::kOther: return "other";
  }
  return "other";
}

std::vector<MetadataKind> MetadataKinds::list() const {
  std::vector<MetadataKind> kinds;
  for (int i = 0; i < kMetadataKindCount; ++i) {
    if (contains(static_cast<MetadataKind>(i))) kinds.push_back(static_cast<MetadataKind>(i));
  }
  return kinds;
}

std::string names_of(const MetadataKinds& kinds) {
  std::string names;
  for (const MetadataKind kind : kinds.list()) {
    if (!names.empty()) names += ", ";
    names += name_of(kind);
  }
  return names;
}

}  // namespace face_privacy
