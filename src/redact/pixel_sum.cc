#include "redact/pixel_sum.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace face_privacy {
namespace {

template <int kChannels, class Sample>
void add_pixels(const Sample* samples, int pixel_count, std::array<std::uint64_t, 5>& sums) {
  // Several pixels side by side, so that the compiler adds them in vectors. 256 times the largest
  // sample is what a lane of twice its width can hold.
  using Lane = std::conditional_t<sizeof(Sample) == 1, std::uint16_t, std::uint32_t>;
  constexpr int kSide = 16;
  constexpr int kLanes = kSide * kChannels;
  constexpr int kBlocks = 256;
  while (pixel_count >= kSide) {
    std::array<Lane, kLanes> lanes{};
    const int blocks = std::min(kBlocks, pixel_count / kSide);
    for (int block = 0; block < blocks; ++block, samples += kLanes) {
      for (int i = 0; i < kLanes; ++i) lanes[i] = static_cast<Lane>(lanes[i] + samples[i]);
    }
    for (int i = 0; i < kLanes; ++i) sums[i % kChannels] += lanes[i];
    pixel_count -= blocks * kSide;
  }
  for (int i = 0; i < pixel_count * kChannels; ++i) sums[i % kChannels] += samples[i];
}

#if defined(__SSE2__)
std::uint64_t both_halves(__m128i sums) {
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(sums)) +
         static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums)));
}

// The planes of a JPEG have one channel or two: there one instruction adds eight bytes.
template <int kChannels>
void add_bytes(const std::uint8_t* samples, int pixel_count, std::array<std::uint64_t, 5>& sums) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i even = _mm_set1_epi16(0xff);
  __m128i first = zero;
  __m128i second = zero;
  const int count = pixel_count * kChannels;
  int i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(samples + i));
    if constexpr (kChannels == 1) {
      first = _mm_add_epi64(first, _mm_sad_epu8(bytes, zero));
    } else {
      first = _mm_add_epi64(first, _mm_sad_epu8(_mm_and_si128(bytes, even), zero));
      second = _mm_add_epi64(second, _mm_sad_epu8(_mm_srli_epi16(bytes, 8), zero));
    }
  }
  sums[0] += both_halves(first);
  sums[1] += both_halves(second);
  std::array<std::uint64_t, kChannels> rest{};  // registers, where sums would be memory
  for (; i < count; i += kChannels) {
    for (int c = 0; c < kChannels; ++c) rest[c] += samples[i + c];
  }
  for (int c = 0; c < kChannels; ++c) sums[c] += rest[c];
}

template <>
void add_pixels<1>(const std::uint8_t* samples, int pixel_count, std::array<std::uint64_t, 5>& sums) {
  add_bytes<1>(samples, pixel_count, sums);
}
template <>
void add_pixels<2>(const std::uint8_t* samples, int pixel_count, std::array<std::uint64_t, 5>& sums) {
  add_bytes<2>(samples, pixel_count, sums);
}
#endif

}  // namespace

template <class Sample>
void PixelSum::add(const Sample* pixels, int pixel_count, int channel_count) {
  switch (channel_count) {
    case 1: add_pixels<1>(pixels, pixel_count, channels); break;
    case 2: add_pixels<2>(pixels, pixel_count, channels); break;
    case 3: add_pixels<3>(pixels, pixel_count, channels); break;
    case 4: add_pixels<4>(pixels, pixel_count, channels); break;
    default: add_pixels<5>(pixels, pixel_count, channels); break;
  }
  count += static_cast<std::uint64_t>(pixel_count);
}

PixelSum& PixelSum::operator+=(const PixelSum& other) {
  for (std::size_t i = 0; i < channels.size(); ++i) channels[i] += other.channels[i];
  count += other.count;
  return *this;
}

template void PixelSum::add(const std::uint8_t*, int, int);
template void PixelSum::add(const std::uint16_t*, int, int);

}  // namespace face_privacy
