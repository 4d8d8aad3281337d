// For loops that are compiled twice, for any processor and for AVX2. What both share is inlined into
// each. Fused multiply-add is off in both, so that their results are identical.
#pragma once

#include <cstdint>

#define FACE_PRIVACY_INLINE [[gnu::always_inline]] inline

#if defined(__x86_64__)
#define FACE_PRIVACY_AVX2 [[gnu::target("avx2")]]
#else
#define FACE_PRIVACY_AVX2
#endif

namespace face_privacy {

// Whether to call the function that is FACE_PRIVACY_AVX2.
inline bool has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2");
#else
  return false;
#endif
}

// Eight numbers side by side. Passed by reference: the calling convention for vectors differs under AVX2.
using Float8 = float __attribute__((vector_size(32)));
using Int8 = std::int32_t __attribute__((vector_size(32)));
using Short8 = std::int16_t __attribute__((vector_size(16)));
using UnsignedShort8 = std::uint16_t __attribute__((vector_size(16)));
using UnsignedShort16 = std::uint16_t __attribute__((vector_size(32)));
using Byte8 = std::uint8_t __attribute__((vector_size(8)));

// To load eight floats in one go from where they are, where memcpy may take two.
using Float8Anywhere [[gnu::may_alias, gnu::aligned(4)]] = Float8;
FACE_PRIVACY_INLINE const Float8Anywhere& eight(const float* from) {
  return *reinterpret_cast<const Float8Anywhere*>(from);
}

}  // namespace face_privacy
