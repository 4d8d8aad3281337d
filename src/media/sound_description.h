// What a container keeps apart for sound, cleaned of what people wrote into it or behind it.
#pragma once

#include <optional>

#include "base/bytes.h"

namespace face_privacy {

// Of AAC (ISO/IEC 14496-3, 1.6.2.1): without the comment that a list of channels may have, and without bytes
// behind its end. None where it cannot be read.
std::optional<Bytes> clean_aac_description(ByteView description);

}  // namespace face_privacy
