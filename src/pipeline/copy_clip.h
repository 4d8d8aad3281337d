// A clip whose pictures stay what they are, bit for bit: as a whole, or group by group.
#pragma once

#include <optional>

#include "pipeline/clip_rendering.h"

namespace face_privacy {

// Nothing is to be covered, and all pictures are copied. None where pictures come up that nobody has looked
// at: the clip must be encoded anew, and what is in the output thrown away.
Result<std::optional<ClipReport>> copy_pictures(const ClipRendering& clip);

// Groups of pictures that no region touches are copied, the others are encoded anew between them. None where
// the clip is not one for that.
Result<std::optional<ClipReport>> copy_untouched_groups(const ClipRendering& clip);

}  // namespace face_privacy
