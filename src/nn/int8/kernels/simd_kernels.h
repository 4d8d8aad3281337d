// The kernels, for any vector width. Included by files that are compiled for one instruction set,
// and so free of everything but intrinsics: an inline function of another header, compiled here,
// could be the copy that the linker keeps for processors without these instructions.
//
// `Simd` gives the type Int of `kLanes` 32-bit lanes, Float likewise, and the functions used below. Where it
// says kLess128, its dot product takes each byte as so much less. Where it says kFourSteps, one load of a
// pixel serves four dot products.
#pragma once

#include "nn/int8/kernels/kernels.h"

namespace face_privacy::int8 {
namespace {

enum class Output { kBytes, kSlopedBytes, kBytesPlusCoarse, kSlopedBytesPlusCoarse, kFloats };
constexpr bool is_sloped(Output kind) {
  return kind == Output::kSlopedBytes || kind == Output::kSlopedBytesPlusCoarse;
}
constexpr bool adds_coarse(Output kind) {
  return kind == Output::kBytesPlusCoarse || kind == Output::kSlopedBytesPlusCoarse;
}

// Of a vector of a dense layer's weights.
template <class Simd>
constexpr std::size_t kWeightBytes = Simd::kWords ? 2 * Simd::kBytes : Simd::kBytes;

// What sums begin with, so that they end at those of the bytes as they are: `weights` are all that go into
// them, `count` times `Vectors` vectors.
template <class Simd, int Vectors>
struct FirstSums {
  typename Simd::Int sums[Vectors];

  inline __attribute__((always_inline)) FirstSums(const std::int8_t* weights, int count) {
    for (int v = 0; v < Vectors; ++v) sums[v] = Simd::zero();
    if constexpr (Simd::kLess128) {
      for (int i = 0; i < count; ++i) {
        for (int v = 0; v < Vectors; ++v) {
          sums[v] = Simd::dot(sums[v], Simd::zero(), Simd::load(weights + (i * Vectors + v) * Simd::kBytes));
        }
      }
      for (int v = 0; v < Vectors; ++v) sums[v] = Simd::negative(sums[v]);
    }
  }
};

// The sums of `Pixels` adjacent output pixels and `Vectors` vectors of channels stay in registers.
template <class Simd, int Pixels, int Vectors>
class Tile {
 public:
  using Int = typename Simd::Int;
  Int sums[Pixels][Vectors];

  inline __attribute__((always_inline)) void accumulate(const ConvRow& row, const std::int8_t* weights,
                                                        const FirstSums<Simd, Vectors>& first,
                                                        std::size_t first_byte) {
#pragma GCC unroll 32
    for (int p = 0; p < Pixels; ++p) {
      for (int v = 0; v < Vectors; ++v) {
        sums[p][v] = first.sums[v];
      }
    }
    for (int r = 0; r < row.row_count; ++r) {
      const std::uint8_t* in = row.rows[r] + first_byte;
      int s = 0;
      if constexpr (Simd::kFourSteps) {
        for (; s + 4 <= row.steps; s += 4) {
          four_steps(in, row.pixel_step, weights);
          in += 16;
          weights += 4 * Vectors * Simd::kBytes;
        }
      }
      if constexpr (Simd::kWords) {
        for (; s < row.steps; ++s) {
          step_of_words(in, row.pixel_step, weights);
          in += 4;
          weights += Vectors * kWeightBytes<Simd>;
        }
      }
      for (; s < row.steps; ++s) {
        Int w[Vectors];
        for (int v = 0; v < Vectors; ++v) {
          w[v] = Simd::load(weights + v * Simd::kBytes);
        }
        weights += Vectors * Simd::kBytes;
        for (int p = 0; p < Pixels; ++p) {
          const Int bytes = Simd::broadcast4(in + static_cast<std::size_t>(p) * row.pixel_step);
          for (int v = 0; v < Vectors; ++v) {
            sums[p][v] = Simd::dot(sums[p][v], bytes, w[v]);
          }
        }
        in += 4;
      }
    }
  }

 private:
  inline __attribute__((always_inline)) void step_of_words(const std::uint8_t* in, std::size_t pixel_step,
                                                           const std::int8_t* weights) {
    typename Simd::Words bytes[Pixels];
    for (int p = 0; p < Pixels; ++p) bytes[p] = Simd::words_of(in + static_cast<std::size_t>(p) * pixel_step);
    for (int v = 0; v < Vectors; ++v) {
      const typename Simd::Words w = Simd::load_words(weights + v * kWeightBytes<Simd>);
      for (int p = 0; p < Pixels; ++p) sums[p][v] = Simd::dot_words(sums[p][v], bytes[p], w);
    }
  }

  inline __attribute__((always_inline)) void four_steps(const std::uint8_t* in, std::size_t pixel_step,
                                                        const std::int8_t* weights) {
    Int bytes[Pixels];
    for (int p = 0; p < Pixels; ++p)
      bytes[p] = Simd::four_steps(in + static_cast<std::size_t>(p) * pixel_step);
    add_step<0>(bytes, weights);
    add_step<1>(bytes, weights);
    add_step<2>(bytes, weights);
    add_step<3>(bytes, weights);
  }

  template <int Step>
  inline __attribute__((always_inline)) void add_step(const Int* bytes, const std::int8_t* weights) {
    for (int v = 0; v < Vectors; ++v) {
      const Int w = Simd::load(weights + (Step * Vectors + v) * Simd::kBytes);
      for (int p = 0; p < Pixels; ++p) sums[p][v] = Simd::template dot_step<Step>(sums[p][v], bytes[p], w);
    }
  }
};

template <class Simd, int Pixels, int Vectors, Output Kind>
inline __attribute__((always_inline)) void conv_tile(const ConvRow& row, const std::int8_t* weights,
                                                     const FirstSums<Simd, Vectors>& first, int channel,
                                                     int x) {
  Tile<Simd, Pixels, Vectors> tile;
  tile.accumulate(row, weights, first, static_cast<std::size_t>(x) * row.pixel_step);
#pragma GCC unroll 32
  for (int p = 0; p < Pixels; ++p) {
    const std::size_t at = static_cast<std::size_t>(x + p) * row.out_step + static_cast<std::size_t>(channel);
    typename Simd::Int result[Vectors];
    for (int v = 0; v < Vectors; ++v) {
      const int c = channel + v * Simd::kLanes;
      auto value = Simd::scaled(tile.sums[p][v], row.scale + c, row.offset + c);
      if constexpr (Kind == Output::kFloats) {
        Simd::store(row.out_float + at + v * Simd::kLanes, value);
      } else {
        if constexpr (is_sloped(Kind)) value = Simd::sloped(value, row.slope + c, row.zero + c);
        if constexpr (adds_coarse(Kind)) {
          if constexpr (!is_sloped(Kind)) value = Simd::not_negative(value);
          const std::uint8_t* coarse =
              row.coarse + static_cast<std::size_t>((x + p) / 2) * static_cast<std::size_t>(row.channels) +
              channel;
          value =
              Simd::add_scaled(value, Simd::template gather_bytes<Vectors>(coarse, v), row.coarse_scale + c);
        }
        result[v] = Simd::rounded(value);
      }
    }
    if constexpr (Kind != Output::kFloats) {
      Simd::template store_bytes<Vectors>(row.out + at, result);
    }
  }
}

template <class Simd, int Vectors, Output Kind>
void conv_block(const ConvRow& shared_row, const std::int8_t* weights, int channel) {
  const ConvRow row = shared_row;  // a copy that the stores of bytes below cannot be taken to change
  const FirstSums<Simd, Vectors> first(weights, row.row_count * row.steps);
  // More than half a tile of single vectors would leave too few registers for addresses.
  constexpr int kPixels = Vectors == 1 ? Simd::kTile / 2 : Simd::kTile / Vectors;
  int x = 0;
  for (; x + kPixels <= row.width; x += kPixels) {
    conv_tile<Simd, kPixels, Vectors, Kind>(row, weights, first, channel, x);
  }
  if constexpr (kPixels > 8) {
    for (; x + 8 <= row.width; x += 8) {
      conv_tile<Simd, 8, Vectors, Kind>(row, weights, first, channel, x);
    }
  }
  if constexpr (kPixels > 4) {
    for (; x + 4 <= row.width; x += 4) {
      conv_tile<Simd, 4, Vectors, Kind>(row, weights, first, channel, x);
    }
  }
  for (; x + 2 <= row.width; x += 2) {
    conv_tile<Simd, 2, Vectors, Kind>(row, weights, first, channel, x);
  }
  for (; x < row.width; ++x) {
    conv_tile<Simd, 1, Vectors, Kind>(row, weights, first, channel, x);
  }
}

template <class Simd, Output Kind>
void conv_row_to(const ConvRow& row) {
  const std::int8_t* weights = row.weights;
  for (int channel = 0; channel < row.channels;) {
    const int vectors = block_vectors(row.channels - channel, Simd::kLanes);
    if constexpr (kChannelGroup % (4 * Simd::kLanes) == 0) {
      conv_block<Simd, 4, Kind>(row, weights, channel);
    } else if (vectors == 4) {
      conv_block<Simd, 4, Kind>(row, weights, channel);
    } else if (vectors == 2) {
      conv_block<Simd, 2, Kind>(row, weights, channel);
    } else {
      conv_block<Simd, 1, Kind>(row, weights, channel);
    }
    weights += static_cast<std::size_t>(row.row_count * row.steps * vectors) * kWeightBytes<Simd>;
    channel += vectors * Simd::kLanes;
  }
}

template <class Simd>
void conv_row(const ConvRow& row) {
  if (row.out_float != nullptr) {
    conv_row_to<Simd, Output::kFloats>(row);
  } else if (row.coarse != nullptr && row.slope != nullptr) {
    conv_row_to<Simd, Output::kSlopedBytesPlusCoarse>(row);
  } else if (row.coarse != nullptr) {
    conv_row_to<Simd, Output::kBytesPlusCoarse>(row);
  } else if (row.slope != nullptr) {
    conv_row_to<Simd, Output::kSlopedBytes>(row);
  } else {
    conv_row_to<Simd, Output::kBytes>(row);
  }
}

// The bytes of one column of the window, above, at and below, side by side for each channel, so
// that one dot product of four bytes takes all three.
template <class Simd>
struct Column {
  typename Simd::Int part[4];

  inline __attribute__((always_inline)) Column(const DepthwiseRow& row, std::size_t at) {
    const auto top = Simd::load(row.rows[0] + at);
    const auto middle = Simd::load(row.rows[1] + at);
    const auto bottom = Simd::load(row.rows[2] + at);
    const auto low = Simd::unpack_low8(top, middle);
    const auto high = Simd::unpack_high8(top, middle);
    const auto low_bottom = Simd::unpack_low8(bottom, Simd::zero());
    const auto high_bottom = Simd::unpack_high8(bottom, Simd::zero());
    part[0] = Simd::unpack_low16(low, low_bottom);
    part[1] = Simd::unpack_high16(low, low_bottom);
    part[2] = Simd::unpack_low16(high, high_bottom);
    part[3] = Simd::unpack_high16(high, high_bottom);
  }
};

template <class Simd, int Stride, bool Sloped>
void depthwise_block(const DepthwiseRow& shared_row, int channel) {
  const DepthwiseRow row = shared_row;  // likewise
  constexpr int kVectors = 4;
  const std::size_t channels = static_cast<std::size_t>(row.channels);
  const std::int8_t* packed = row.weights + static_cast<std::size_t>(channel) * 12;
  typename Simd::Int weights[3][kVectors];
  for (int dx = 0; dx < 3; ++dx) {
    for (int v = 0; v < kVectors; ++v) {
      weights[dx][v] = Simd::load(packed + (dx * kVectors + v) * Simd::kBytes);
    }
  }
  const FirstSums<Simd, kVectors> start(packed, 3);
  const std::size_t first = static_cast<std::size_t>(channel);
  // What the columns so far give to this output pixel and, with stride 1, to the next.
  typename Simd::Int sum[kVectors];
  typename Simd::Int next[kVectors];
  const Column<Simd> left(row, first);
  for (int v = 0; v < kVectors; ++v) {
    sum[v] = Simd::dot(start.sums[v], left.part[v], weights[0][v]);
  }
  if constexpr (Stride == 1) {
    const Column<Simd> center(row, first + channels);
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = Simd::dot(sum[v], center.part[v], weights[1][v]);
      next[v] = Simd::dot(start.sums[v], center.part[v], weights[0][v]);
    }
  }
  for (int x = 0; x < row.width; ++x) {
    if constexpr (Stride == 2) {
      const Column<Simd> center(row, first + static_cast<std::size_t>(2 * x + 1) * channels);
      for (int v = 0; v < kVectors; ++v) {
        sum[v] = Simd::dot(sum[v], center.part[v], weights[1][v]);
      }
    }
    const Column<Simd> right(row, first + static_cast<std::size_t>(Stride * x + 2) * channels);
    typename Simd::Int result[kVectors];
    for (int v = 0; v < kVectors; ++v) {
      const int c = channel + v * Simd::kLanes;
      auto value =
          Simd::scaled(Simd::dot(sum[v], right.part[v], weights[2][v]), row.scale + c, row.offset + c);
      if constexpr (Sloped) value = Simd::sloped(value, row.slope + c, row.zero + c);
      result[v] = Simd::rounded(value);
      if constexpr (Stride == 1) {
        sum[v] = Simd::dot(next[v], right.part[v], weights[1][v]);
        next[v] = Simd::dot(start.sums[v], right.part[v], weights[0][v]);
      } else {
        sum[v] = Simd::dot(start.sums[v], right.part[v], weights[0][v]);
      }
    }
    Simd::template store_bytes<kVectors>(row.out + static_cast<std::size_t>(x) * channels + first, result);
  }
}

template <class Simd, bool Sloped>
void depthwise_row_to(const DepthwiseRow& row) {
  for (int channel = 0; channel < row.channels; channel += 4 * Simd::kLanes) {
    if (row.stride == 1) {
      depthwise_block<Simd, 1, Sloped>(row, channel);
    } else {
      depthwise_block<Simd, 2, Sloped>(row, channel);
    }
  }
}

template <class Simd>
void depthwise_row(const DepthwiseRow& row) {
  if (row.slope != nullptr) {
    depthwise_row_to<Simd, true>(row);
  } else {
    depthwise_row_to<Simd, false>(row);
  }
}

}  // namespace
}  // namespace face_privacy::int8
