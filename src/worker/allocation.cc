// The C library's allocation functions for every library of the process, so that one that finds no memory
// ends a worker there and then. They are glibc's own otherwise; C++'s operators call them. Sanitizers have
// theirs, which end the process anyway.
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/freed_memory.h"
#include "worker/sandbox.h"

namespace face_privacy {
namespace {

std::atomic<bool> ends_on_failure{false};

}  // namespace

void end_on_failed_allocation() { ends_on_failure.store(true, std::memory_order_relaxed); }

void take_memory_ahead(std::size_t bytes) {
#if defined(__GLIBC__)
  // Without these, blocks from 128 KiB up and the end of the heap go back to the kernel when they are freed:
  // a third of the processor time of a small photo was spent on getting such pages again.
  constexpr int kLargestFromHeap = 32 << 20;  // glibc takes no more
  ::mallopt(M_MMAP_THRESHOLD, kLargestFromHeap);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  void* const block = std::malloc(bytes);
  if (block == nullptr) return;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(block) & ~(page - 1);
  // Where the kernel cannot (before 5.14), pages come one by one, as they are needed.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the page that the block begins in
  (void)::madvise(reinterpret_cast<void*>(first), bytes, MADV_POPULATE_WRITE);
  std::free(block);
#else
  (void)bytes;
#endif
}

}  // namespace face_privacy

#if defined(__GLIBC__) && !defined(FACE_PRIVACY_SANITIZED)

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier): the names that the C library gives its own
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
// NOLINTEND(bugprone-reserved-identifier)

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
void* realloc(void* memory, std::size_t size) {
  const bool wipes = memory != nullptr && face_privacy::wipes_freed_memory();
  if (!wipes) return checked(__libc_realloc(memory, size), size);
  // The C library would leave the old bytes where they were.
  const std::size_t held = ::malloc_usable_size(memory);
  if (size != 0 && size <= held && size >= held / 2) return memory;
  void* const moved = size != 0 ? malloc(size) : nullptr;
  if (moved == nullptr && size != 0) return nullptr;
  if (moved != nullptr) std::memcpy(moved, memory, size < held ? size : held);
  free(memory);
  return moved;
}
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
