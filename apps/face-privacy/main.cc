#include <cstdio>
#include <exception>

#include "base/process_memory.h"
#include "cli/cli.h"
#include "worker/photo_workers.h"

int main(int argc, char** argv) {
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
