// What a photo's file carries beside its picture, read in the same way for all formats. The bytes are a
// stranger's: what cannot be understood is passed over, and the decoder judges the file.
#pragma once

#include "base/bytes.h"
#include "codec/shared/format.h"
#include "codec/shared/metadata_kinds.h"

namespace face_privacy {

struct CarriedMetadata {
  MetadataKinds kinds;
  Bytes exif;  // the first block, a TIFF structure from its byte order on; of a TIFF what of it may be kept
  Bytes xmp;   // the first packet; empty: none, or a compressed one
  // How many bytes of blocks may still be searched: many blocks may be said to be the same bytes.
  std::uint64_t budget = std::uint64_t{64} << 20;
};

// Never fails. `header` is that of `file`. Linear in the file's bytes.
CarriedMetadata read_metadata(ByteView file, const PhotoHeader& header);

}  // namespace face_privacy
