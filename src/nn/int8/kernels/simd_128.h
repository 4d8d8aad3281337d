// 128-bit vectors of NEON; the dot product is left to the instruction sets that have one.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace face_privacy::int8 {
namespace {

// Every block of channels is one of four such vectors, and lies in its natural order.
struct Simd128 {
  using Int = int32x4_t;
  using Float = float32x4_t;
  static constexpr int kLanes = 4;
  static constexpr std::size_t kBytes = 16;
  static constexpr int kTile = 16;  // of 32 registers
  static constexpr bool kWords = false;
  static constexpr bool kFourSteps = true;

  static Int zero() { return vdupq_n_s32(0); }
  static Int load(const void* at) {
    return vreinterpretq_s32_u8(vld1q_u8(static_cast<const std::uint8_t*>(at)));
  }
  static Int broadcast4(const std::uint8_t* at) {
    std::int32_t four;
    __builtin_memcpy(&four, at, sizeof four);
    return vdupq_n_s32(four);
  }
  static Int negative(Int value) { return vnegq_s32(value); }
  static Float scaled(Int sum, const float* scale, const float* offset) {
    return vfmaq_f32(vld1q_f32(offset), vcvtq_f32_s32(sum), vld1q_f32(scale));
  }
  static Float not_negative(Float value) { return vmaxq_f32(value, vdupq_n_f32(0)); }
  static Float sloped(Float value, const float* slope, const float* zero) {
    const Float above = vaddq_f32(not_negative(value), vld1q_f32(zero));
    return vfmaq_f32(above, vminq_f32(value, vdupq_n_f32(0)), vld1q_f32(slope));
  }
  template <int Vectors>
  static Float gather_bytes(const std::uint8_t* block, int v) {
    std::uint32_t four;
    __builtin_memcpy(&four, block + 4 * v, sizeof four);
    const uint16x8_t words = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
    return vcvtq_f32_u32(vmovl_u16(vget_low_u16(words)));
  }
  static Float add_scaled(Float value, Float coarse, const float* scale) {
    return vfmaq_f32(value, coarse, vld1q_f32(scale));
  }
  static Int rounded(Float value) { return vcvtnq_s32_f32(value); }
  static void store(float* at, Float value) { vst1q_f32(at, value); }
  template <int Vectors>
  static void store_bytes(std::uint8_t* at, const Int* value) {
    static_assert(Vectors == 4);
    const int16x8_t low = vqmovn_high_s32(vqmovn_s32(value[0]), value[1]);
    const int16x8_t high = vqmovn_high_s32(vqmovn_s32(value[2]), value[3]);
    vst1q_u8(at, vqmovun_high_s16(vqmovun_s16(low), high));
  }
  static Int unpack_low8(Int a, Int b) {
    return vreinterpretq_s32_u8(vzip1q_u8(vreinterpretq_u8_s32(a), vreinterpretq_u8_s32(b)));
  }
  static Int unpack_high8(Int a, Int b) {
    return vreinterpretq_s32_u8(vzip2q_u8(vreinterpretq_u8_s32(a), vreinterpretq_u8_s32(b)));
  }
  static Int unpack_low16(Int a, Int b) {
    return vreinterpretq_s32_u16(vzip1q_u16(vreinterpretq_u16_s32(a), vreinterpretq_u16_s32(b)));
  }
  static Int unpack_high16(Int a, Int b) {
    return vreinterpretq_s32_u16(vzip2q_u16(vreinterpretq_u16_s32(a), vreinterpretq_u16_s32(b)));
  }
};

}  // namespace
}  // namespace face_privacy::int8
