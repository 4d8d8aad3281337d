// What the targets of JPEGs share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "codec/codec.h"

namespace face_privacy {

inline constexpr Limits kSmall{std::size_t{1} << 20, std::uint64_t{1} << 18, 4096, 4};

[[noreturn]] inline void broken(const char* promise) {
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

}  // namespace face_privacy
