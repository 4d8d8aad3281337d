#include <set>

#include "codec/metadata/blocks.h"
#include "codec/metadata/exif_kinds.h"
#include "codec/metadata/kept_exif.h"

namespace face_privacy {

// Pages are the picture, or smaller copies of it: the reader of photos decides how many are photos.
void add_tiff(ByteView file, int photo_pages, CarriedMetadata& metadata) {
  constexpr int kMaxEntries = 1 << 16;
  metadata.exif = kept_exif(file, {});  // no copy of the pixels
  const TiffStructure tiff(file);
  std::set<std::uint64_t> seen;
  int budget = kMaxEntries;
  for (std::uint64_t directory = tiff.first_directory();
       directory != 0 && budget > 0 && tiff.good() && seen.insert(directory).second;
       directory = tiff.next_directory(directory)) {
    add_directory(tiff, file, directory, budget, metadata);
  }
  if (static_cast<int>(seen.size()) > photo_pages) metadata.kinds.add(MetadataKind::kExtraPictures);
}

}  // namespace face_privacy
