// Compiled for Armv8.2 with 8-bit matrix products (Neoverse V1 and later), which come with a dot product of
// unsigned and signed bytes.
#include <sys/auxv.h>

#include "nn/int8/kernels/simd_128.h"
#include "nn/int8/kernels/simd_kernels.h"

namespace face_privacy::int8 {
namespace {

struct I8mm : Simd128 {
  static constexpr bool kLess128 = false;
  static Int dot(Int sum, Int bytes, Int weights) {
    return vusdotq_s32(sum, vreinterpretq_u8_s32(bytes), vreinterpretq_s8_s32(weights));
  }
  static Int four_steps(const std::uint8_t* at) { return load(at); }
  template <int Step>
  static Int dot_step(Int sum, Int bytes, Int weights) {
    return vsudotq_laneq_s32(sum, vreinterpretq_s8_s32(weights), vreinterpretq_u8_s32(bytes), Step);
  }
};

constexpr Kernels kKernels{"i8mm", I8mm::kLanes, false, conv_row<I8mm>, depthwise_row<I8mm>};

}  // namespace

const Kernels* i8mm_kernels() {
  constexpr unsigned long kI8mmBit = 1UL << 13;  // of AT_HWCAP2
  return (getauxval(AT_HWCAP2) & kI8mmBit) != 0 ? &kKernels : nullptr;
}

}  // namespace face_privacy::int8
