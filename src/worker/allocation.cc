// The C library's allocation functions for every library of the process, so that one that finds no memory
// ends a worker there and then. They are glibc's own otherwise; C++'s operators call them. Sanitizers have
// theirs, which end the process anyway.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include "worker/sandbox.h"

namespace face_privacy {
namespace {

std::atomic<bool> ends_on_failure{false};

}  // namespace

void end_on_failed_allocation() { ends_on_failure.store(true, std::memory_order_relaxed); }

}  // namespace face_privacy

#if defined(__GLIBC__) && !defined(FACE_PRIVACY_SANITIZED)

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

static inline void* checked(void* memory, std::size_t size) {
  if (__builtin_expect(memory == nullptr && size != 0, 0) &&
      face_privacy::ends_on_failure.load(std::memory_order_relaxed)) {
    ::_exit(face_privacy::kExitOutOfMemory);
  }
  return memory;
}

void* malloc(std::size_t size) { return checked(__libc_malloc(size), size); }
void* calloc(std::size_t count, std::size_t size) {
  return checked(__libc_calloc(count, size), count != 0 ? size : 0);
}
void* realloc(void* memory, std::size_t size) { return checked(__libc_realloc(memory, size), size); }
void* memalign(std::size_t alignment, std::size_t size) {
  return checked(__libc_memalign(alignment, size), size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
  void* const got = memalign(alignment, size);
  if (got == nullptr) return ENOMEM;
  *memory = got;
  return 0;
}

}  // extern "C"

#endif
