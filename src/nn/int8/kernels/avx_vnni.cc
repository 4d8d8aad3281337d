// Compiled for AVX2 with VNNI in its short encoding (Alder Lake, Zen 5 and later).
#include <cpuid.h>
#include <immintrin.h>

#include "nn/int8/kernels/simd_256.h"
#include "nn/int8/kernels/simd_kernels.h"

namespace face_privacy::int8 {
namespace {

struct AvxVnni : Simd256 {
  static Int dot(Int sum, Int bytes, Int weights) {
    __asm__("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum) : "x"(bytes), "x"(weights));
    return sum;
  }
};

constexpr Kernels kKernels{"avx-vnni", AvxVnni::kLanes, false, conv_row<AvxVnni>, depthwise_row<AvxVnni>};

bool has_avx_vnni() {
  constexpr unsigned int kFeatureLeaf = 7;
  constexpr unsigned int kFeatureSubleaf = 1;
  constexpr unsigned int kAvxVnniBit = 1U << 4;  // of EAX
  unsigned int eax = 0;
  unsigned int ebx = 0;
  unsigned int ecx = 0;
  unsigned int edx = 0;
  return __get_cpuid_count(kFeatureLeaf, kFeatureSubleaf, &eax, &ebx, &ecx, &edx) != 0 &&
         (eax & kAvxVnniBit) != 0;
}

}  // namespace

const Kernels* avx_vnni_kernels() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_avx_vnni() ? &kKernels
                                                                                           : nullptr;
}

}  // namespace face_privacy::int8
