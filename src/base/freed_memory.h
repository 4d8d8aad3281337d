// Nothing of what is given back stays readable in the process's memory.
#pragma once

namespace face_privacy {

// From now on C++'s operators overwrite each block of memory that they are given back, whoever had it. For a
// process that has handled what tells who somebody is; costs a pass over the bytes.
void wipe_freed_memory();

// Overwrites what functions that have returned left on this thread's stack.
void wipe_left_stack();

}  // namespace face_privacy
