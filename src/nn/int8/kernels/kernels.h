// Rows of a quantized network: 8-bit unsigned activations, 8-bit signed weights, exact 32-bit
// sums. A kernel computes one output row, so that a whole network can run with a few rows of each
// layer in the cache (../row_executor.h). Every implementation gives the same bytes.
//
// Activations are interleaved (all channels of a pixel together), and every row has one pixel of
// padding on each side.
#pragma once

#include <cstddef>
#include <cstdint>

namespace face_privacy::int8 {

inline constexpr int kMaxKernelRows = 3;
// Kernels may read so many bytes after the end of a row.
inline constexpr std::size_t kRowSlack = 64;

// A dense convolution, 1x1 or 3x3. The sum of an output channel c at pixel x is taken over
// rows[r][x * pixel_step + i] for 0 <= i < 4 * steps; its value is sum * scale[c] + offset[c].
struct ConvRow {
  const std::uint8_t* rows[kMaxKernelRows];
  int row_count;
  int steps;
  std::size_t pixel_step;
  int width;                   // output pixels
  int channels;                // of the output; a multiple of kChannelGroup
  const std::int8_t* weights;  // pack_conv()
  const float* scale;          // in the order of the packed channels
  const float* offset;
  // If given, and `out` is: a value v becomes max(v, 0) + slope[c] * min(v, 0) + zero[c].
  const float* slope;
  const float* zero;

  // One of the two. Bytes are rounded to nearest (even) and cut to 0..255, which is also the ReLU.
  std::uint8_t* out;
  float* out_float;
  std::size_t out_step;  // elements between output pixels

  // If given, and `out` is: coarse[(x / 2) * channels + c] * coarse_scale[c] is added after the ReLU or
  // slope.
  const std::uint8_t* coarse;
  const float* coarse_scale;  // in the order of the packed channels
};

// A 3x3 convolution of each channel with itself.
struct DepthwiseRow {
  const std::uint8_t* rows[3];  // at the window of output pixel 0: its left neighbor first
  int stride;                   // 1 or 2
  int width;
  int channels;                // a multiple of kDepthwiseGroup
  const std::int8_t* weights;  // pack_depthwise()
  const float* scale;          // in the order of the packed channels
  const float* offset;
  const float* slope;  // as of ConvRow
  const float* zero;
  std::uint8_t* out;
};

inline constexpr int kChannelGroup = 16;
inline constexpr int kDepthwiseGroup = 32;

struct Kernels {
  const char* name;
  int lanes;  // 32-bit lanes of a vector: decides the order of packed weights
  // Weights of dense layers are packed as 16-bit words: of each group of four and vector the first and third
  // of all lanes, then the second and fourth.
  bool words;
  int depthwise_lanes(int channels) const { return channels % (4 * lanes) == 0 ? lanes : 8; }
  void (*conv)(const ConvRow& row);
  void (*depthwise)(const DepthwiseRow& row);
};

// Nothing where the processor has no such instructions. Built for x86-64.
const Kernels* avx512_vnni_kernels();
const Kernels* avx_vnni_kernels();
const Kernels* avx2_kernels();
// The same, built for arm64.
const Kernels* i8mm_kernels();
const Kernels* dotprod_kernels();
// Reference implementation in plain C++; the others match it byte for byte. Slower than fp32.
const Kernels& portable_kernels();

// Channels are worked on in blocks of 4, 2 or 1 vectors.
inline int block_vectors(int channels_left, int lanes) {
  const int vectors = channels_left / lanes;
  return vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1;
}

// Which channel of its block lane `lane` of vector `vector` holds: the one with which narrowing
// 32-bit lanes to bytes within 128-bit parts leaves the bytes in their natural order.
inline int channel_in_block(int vectors, int vector, int lane) {
  return 4 * vectors * (lane / 4) + 4 * vector + lane % 4;
}

}  // namespace face_privacy::int8
