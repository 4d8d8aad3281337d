// The kernels in plain C++: what they mean, and what the others are tested against. The packed order
// is that of vectors of eight.
#include <algorithm>
#include <cmath>

#include "nn/int8/kernels/kernels.h"

namespace face_privacy::int8 {
namespace {

constexpr int kLanes = 8;

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.F, 255.F));
}

float sloped(float value, float slope, float zero) {
  return std::fma(std::min(value, 0.F), slope, std::max(value, 0.F) + zero);
}

std::int32_t window_sum(const ConvRow& row, const std::int8_t* weights, int vectors, int vector, int lane,
                        int x) {
  std::int32_t sum = 0;
  for (int step = 0; step < row.row_count * row.steps; ++step) {
    const std::uint8_t* in = row.rows[step / row.steps] + static_cast<std::size_t>(x) * row.pixel_step +
                             static_cast<std::size_t>(step % row.steps) * 4;
    const std::int8_t* four = weights + ((step * vectors + vector) * kLanes + lane) * 4;
    for (int i = 0; i < 4; ++i) sum += in[i] * four[i];
  }
  return sum;
}

void put(const ConvRow& row, int x, int channel, int factor, std::int32_t sum) {
  // fma, as the vector instructions do: a rounding in between could tip a byte.
  float value = std::fma(static_cast<float>(sum), row.scale[factor], row.offset[factor]);
  const std::size_t at = static_cast<std::size_t>(x) * row.out_step + static_cast<std::size_t>(channel);
  if (row.out_float != nullptr) {
    row.out_float[at] = value;
    return;
  }
  if (row.slope != nullptr) {
    value = sloped(value, row.slope[factor], row.zero[factor]);
  } else if (row.coarse != nullptr) {
    value = std::max(value, 0.F);
  }
  if (row.coarse != nullptr) {
    const auto coarse = static_cast<float>(row.coarse[x / 2 * row.channels + channel]);
    value = std::fma(coarse, row.coarse_scale[factor], value);
  }
  row.out[at] = to_byte(value);
}

void conv(const ConvRow& row) {
  const std::int8_t* weights = row.weights;
  for (int first = 0; first < row.channels;) {
    const int vectors = block_vectors(row.channels - first, kLanes);
    for (int vector = 0; vector < vectors; ++vector) {
      for (int lane = 0; lane < kLanes; ++lane) {
        const int packed = vector * kLanes + lane;
        const int channel =
            first + (row.out_float != nullptr ? packed : channel_in_block(vectors, vector, lane));
        for (int x = 0; x < row.width; ++x) {
          put(row, x, channel, first + packed, window_sum(row, weights, vectors, vector, lane, x));
        }
      }
    }
    weights += row.row_count * row.steps * vectors * kLanes * 4;
    first += vectors * kLanes;
  }
}

void depthwise(const DepthwiseRow& row) {
  constexpr int kBlock = 4 * kLanes;
  for (int packed = 0; packed < row.channels; ++packed) {
    const int first = packed / kBlock * kBlock;
    const int vector = packed % kBlock / kLanes;
    const int lane = packed % kLanes;
    const int channel = first + channel_in_block(4, vector, lane);
    for (int x = 0; x < row.width; ++x) {
      std::int32_t sum = 0;
      for (int column = 0; column < 3; ++column) {
        const std::int8_t* taps = row.weights + first * 12 + ((column * 4 + vector) * kLanes + lane) * 4;
        const int at = (x * row.stride + column) * row.channels + channel;
        for (int r = 0; r < 3; ++r) sum += row.rows[r][at] * taps[r];
      }
      float value = std::fma(static_cast<float>(sum), row.scale[packed], row.offset[packed]);
      if (row.slope != nullptr) value = sloped(value, row.slope[packed], row.zero[packed]);
      row.out[x * row.channels + channel] = to_byte(value);
    }
  }
}

constexpr Kernels kKernels{"portable", kLanes, false, conv, depthwise};

}  // namespace

const Kernels& portable_kernels() { return kKernels; }

}  // namespace face_privacy::int8
