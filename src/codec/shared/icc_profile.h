#pragma once

#include "base/bytes.h"
#include "image/image.h"

namespace face_privacy {

// The profile as it may go into the output: the tags of the ICC's standard that say how to read colours,
// and nothing between or behind them. One that holds no more than that stays as it is, byte for byte.
// Empty where it is no profile for pictures of this colour model.
Bytes usable_icc_profile(ByteView profile, ColorModel model);

}  // namespace face_privacy
