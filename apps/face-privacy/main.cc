#include <fcntl.h>

#include <cstdio>
#include <exception>

#include "base/process_memory.h"
#include "cli/cli.h"
#include "worker/photo_workers.h"

namespace {

// Where a standard stream is closed, the next file or socket gets its number, and would be read or written
// in its place. Reading or writing what takes the number here fails.
void occupy_closed_streams() {
  for (const int stream : {0, 1, 2}) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    if (::open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY) != stream) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  occupy_closed_streams();
  face_privacy::keep_freed_memory();
  try {
    if (face_privacy::is_worker_host(argc, argv)) {
      return face_privacy::run_worker_host(face_privacy::prepare_photo_workers);
    }
    return face_privacy::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "face-privacy: internal error: %s\n", error.what());
    return 1;
  }
}
