#include <cstdio>
#include <exception>

#include "base/process_memory.h"
#include "cli/cli.h"

int main(int argc, char** argv) {
  face_privacy::keep_freed_memory();
  try {
    return face_privacy::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "face-privacy: internal error: %s\n", error.what());
    return 1;
  }
}
