#include "base/process_memory.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace face_privacy {

void keep_freed_memory() {
#if defined(__GLIBC__)
  // Larger blocks are rare, and pages of their own suit them. What photos need again and again is
  // smaller: buffers of libjpeg, of the network, of a patch.
  constexpr int kLargestKeptBytes = 32 << 20;  // glibc takes no more
  constexpr int kKeptBytes = 128 << 20;        // at the top of each arena
  mallopt(M_MMAP_THRESHOLD, kLargestKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kKeptBytes);
#endif
}

}  // namespace face_privacy
