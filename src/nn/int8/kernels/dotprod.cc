// Compiled for Armv8.2 with dot products (Neoverse N1, Cortex-A55 and later), which take bytes of one kind:
// activations are made signed by taking 128 from each, and what that takes from a sum is put back before
// anything is added.
#include <sys/auxv.h>

#include "nn/int8/kernels/simd_128.h"
#include "nn/int8/kernels/simd_kernels.h"

namespace face_privacy::int8 {
namespace {

struct Dotprod : Simd128 {
  static constexpr bool kLess128 = true;
  static Int less_128(Int bytes) { return veorq_s32(bytes, vreinterpretq_s32_s8(vdupq_n_s8(-128))); }
  static Int dot(Int sum, Int bytes, Int weights) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(less_128(bytes)), vreinterpretq_s8_s32(weights));
  }
  static Int four_steps(const std::uint8_t* at) { return less_128(load(at)); }
  template <int Step>
  static Int dot_step(Int sum, Int bytes, Int weights) {
    return vdotq_laneq_s32(sum, vreinterpretq_s8_s32(weights), vreinterpretq_s8_s32(bytes), Step);
  }
};

constexpr Kernels kKernels{"dotprod", Dotprod::kLanes, false, conv_row<Dotprod>, depthwise_row<Dotprod>};

}  // namespace

const Kernels* dotprod_kernels() {
  constexpr unsigned long kDotprodBit = 1UL << 20;  // of AT_HWCAP
  return (getauxval(AT_HWCAP) & kDotprodBit) != 0 ? &kKernels : nullptr;
}

}  // namespace face_privacy::int8
