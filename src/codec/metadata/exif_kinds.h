// The kinds of things that the tags of a TIFF structure tell: EXIF, and TIFF files themselves.
#pragma once

#include <cstdint>

#include "codec/metadata/metadata.h"
#include "codec/shared/tiff_structure.h"

namespace face_privacy {

// Of one directory and of the EXIF and GPS directories that it points to. At most `budget` entries are
// read, which it is lowered by.
void add_directory(const TiffStructure& tiff, ByteView bytes, std::uint64_t directory, int& budget,
                   CarriedMetadata& metadata);

}  // namespace face_privacy
