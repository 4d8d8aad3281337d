// Nothing of what is given back stays readable in the process's memory.
#pragma once

namespace face_privacy {

// From now on each block of memory is overwritten when it is freed or moved from, whoever had it. For a
// process that has handled what tells who somebody is, or that works for one client after the other; costs a
// pass over the bytes.
void wipe_freed_memory();
// For a process that will do nothing more.
void stop_wiping_freed_memory();
bool wipes_freed_memory();

// Overwrites what functions that have returned left on this thread's stack.
void wipe_left_stack();

}  // namespace face_privacy
