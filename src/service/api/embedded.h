// Files of this folder that are part of the program.
#pragma once

#include "base/bytes.h"

namespace face_privacy {

ByteView embedded_openapi();        // openapi.json
ByteView embedded_warm_up_photo();  // warm_up.jpg: what draw_canary() draws

}  // namespace face_privacy
