// The C++ operators that give memory back, for every library of the process that is linked to them.
// Sanitizers have their own.
#include "base/freed_memory.h"

#include <malloc.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero

#include <atomic>
#include <cstdlib>
#include <new>

namespace face_privacy {
namespace {

std::atomic<bool> wipes{false};

}  // namespace

void wipe_freed_memory() { wipes.store(true, std::memory_order_relaxed); }

__attribute__((noinline)) void wipe_left_stack() {
  constexpr std::size_t kDepthBytes = std::size_t{96} << 10;  // of the functions that answer a request
  char below[kDepthBytes];
  ::explicit_bzero(below, sizeof below);
}

}  // namespace face_privacy

#if defined(__GLIBC__) && !defined(FACE_PRIVACY_SANITIZED)

static inline void give_back(void* memory) noexcept {
  if (memory != nullptr && face_privacy::wipes.load(std::memory_order_relaxed)) {
    ::explicit_bzero(memory, ::malloc_usable_size(memory));
  }
  std::free(memory);
}

void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { give_back(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { give_back(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { give_back(memory); }

#endif
