#include "cli/file_io.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace face_privacy {

tl::unexpected<Error> io_failure(std::string_view what) {
  return fail(ErrorCode::kIo, std::string(what) + ": " + std::strerror(errno));
}

Result<void> write_all(int descriptor, ByteView bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return io_failure(what);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace face_privacy
