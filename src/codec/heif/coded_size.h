// What the coded pictures of an AVIF or HEIC file say of themselves. The decoders take memory and time for
// that, whatever the container says.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace face_privacy {

struct HeifCodedPicture {
  std::uint64_t coded_width = 0;  // in whole blocks
  std::uint64_t coded_height = 0;
  std::uint64_t width = 0;  // of what is shown of it
  std::uint64_t height = 0;
  bool operator==(const HeifCodedPicture&) const = default;
};

// Of an item of AV1 units and its av1C box's content. Nothing if the two do not agree with themselves and
// each other, or hold more than one picture.
std::optional<HeifCodedPicture> av1_coded_picture(ByteView configuration, ByteView item);

// The same of HEVC units and an hvcC box.
std::optional<HeifCodedPicture> hevc_coded_picture(ByteView configuration, ByteView item);

}  // namespace face_privacy
