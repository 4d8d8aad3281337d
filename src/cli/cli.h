#pragma once

namespace face_privacy {

// The whole program: parses the command line, runs one command, gives the exit status
// (0 done, 1 some photo failed, 2 usage, 130 interrupted). Throws only on a bug.
int run_command_line(int argc, char** argv);

}  // namespace face_privacy
