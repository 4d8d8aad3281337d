#pragma once

#include "codec/codec.h"

namespace face_privacy {

// Writes `photo` in a format that is not JPEG, by libvips.
Result<Bytes> encode_vips(const Photo& photo, Format format, std::optional<int> quality);

}  // namespace face_privacy
