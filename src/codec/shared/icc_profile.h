#pragma once

#include "base/bytes.h"
#include "image/image.h"

namespace face_privacy {

// The profile as it may go into the output: written anew from the tags that colors are read by, each checked
// and cut to what its type holds, with fixed texts and nothing of who made it. The same bytes again for one
// that this wrote. Empty where it is no sound profile for pictures of this color model.
Bytes usable_icc_profile(ByteView profile, ColorModel model);

}  // namespace face_privacy
