// The C library's `free`, for every library of the process; C++'s operators call it. Sanitizers have their
// own.
#include "base/freed_memory.h"

#include <malloc.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero

#include <atomic>
#include <cstddef>
#include <cstdlib>

namespace face_privacy {
namespace {

std::atomic<bool> wipes{false};

}  // namespace

void wipe_freed_memory() { wipes.store(true, std::memory_order_relaxed); }
void stop_wiping_freed_memory() { wipes.store(false, std::memory_order_relaxed); }
bool wipes_freed_memory() { return wipes.load(std::memory_order_relaxed); }

__attribute__((noinline)) void wipe_left_stack() {
  constexpr std::size_t kDepthBytes = std::size_t{256} << 10;  // deeper than any function here goes
  char below[kDepthBytes];
  ::explicit_bzero(below, sizeof below);
}

}  // namespace face_privacy

#if defined(__GLIBC__) && !defined(FACE_PRIVACY_SANITIZED)

extern "C" {

// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that the C library gives its own
void __libc_free(void*);

void free(void* memory) {
  if (memory != nullptr && face_privacy::wipes_freed_memory()) {
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
  }
  __libc_free(memory);
}

}  // extern "C"

#endif
