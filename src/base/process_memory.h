#pragma once

namespace face_privacy {

// Has the process keep what it frees for the next photo rather than give it back to the system: a
// fresh page costs more than most of the work on it. For the beginning of a program's main.
void keep_freed_memory();

}  // namespace face_privacy
