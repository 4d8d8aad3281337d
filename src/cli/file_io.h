#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// kIo: `what`, and what the system says of it: "cannot be opened: No such file or directory".
tl::unexpected<Error> io_failure(std::string_view what);

// All of them, in as many pieces as it takes. kIo: `what` and the system's reason.
Result<void> write_all(int descriptor, ByteView bytes, std::string_view what);

}  // namespace face_privacy
