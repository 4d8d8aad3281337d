#pragma once

#include "base/bytes.h"
#include "image/image.h"

namespace face_privacy {

// The profile as it may go into the output: cut to the size that its own header states, so that
// nothing rides behind it. Empty where it is no profile for pictures of this colour model.
Bytes usable_icc_profile(ByteView profile, ColorModel model);

}  // namespace face_privacy
