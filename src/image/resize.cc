// Rows first: adding up whole rows is one long vectorisable loop, and what is left for the columns
// is only as tall as the target.
#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace face_privacy {
namespace {

// Inlined into a copy for each instruction set.
#define FACE_PRIVACY_INLINE [[gnu::always_inline]] inline

// The input samples that make one output sample: `weights` from `first` on, with sum 1.
struct Contribution {
  int first;
  std::vector<float> weights;
};

// Or with sum `unit`.
std::vector<Contribution> contributions(int source, int target, float unit = 1) {
  std::vector<Contribution> result(static_cast<std::size_t>(target));
  const double scale = static_cast<double>(source) / target;
  for (int i = 0; i < target; ++i) {
    Contribution& one = result[static_cast<std::size_t>(i)];
    if (scale >= 1) {  // area: the share of each input sample that lies under the output sample
      const double begin = i * scale;
      const double end = std::min<double>(source, (i + 1) * scale);
      one.first = static_cast<int>(begin);
      const int last = std::min(source - 1, static_cast<int>(std::ceil(end)) - 1);
      for (int s = one.first; s <= last; ++s) {
        const double covered = std::min<double>(end, s + 1) - std::max<double>(begin, s);
        one.weights.push_back(static_cast<float>(covered / (end - begin)));
      }
    } else {  // triangle: linear between the centres of two neighbours
      const double center = std::clamp((i + 0.5) * scale - 0.5, 0.0, source - 1.0);
      one.first = static_cast<int>(center);
      const double fraction = center - one.first;
      one.weights.push_back(static_cast<float>(1 - fraction));
      if (fraction > 0) one.weights.push_back(static_cast<float>(fraction));
    }
    for (float& weight : one.weights) weight *= unit;
  }
  return result;
}

// The same for the columns of a row, all with one count of weights, some of them 0 behind the others:
// a loop of a fixed length costs less than guessing where it ends.
struct Columns {
  int count = 0;
  std::vector<int> first_sample;
  std::vector<float> weights;  // `count` a column
};

Columns columns_of(int source, int target, int channels) {
  const auto all = contributions(source, target);
  Columns columns;
  for (const Contribution& one : all)
    columns.count = std::max(columns.count, static_cast<int>(one.weights.size()));
  for (const Contribution& one : all) {
    columns.first_sample.push_back(one.first * channels);
    columns.weights.insert(columns.weights.end(), one.weights.begin(), one.weights.end());
    columns.weights.resize(columns.first_sample.size() * static_cast<std::size_t>(columns.count), 0.F);
  }
  return columns;
}

template <class Sample>
FACE_PRIVACY_INLINE void add_weighted(const std::uint8_t* row, float weight, float* sum, std::size_t count) {
  const auto* input = reinterpret_cast<const Sample*>(row);
  for (std::size_t i = 0; i < count; ++i) sum[i] += weight * static_cast<float>(input[i]);
}

// Two rows in one go, which is all there is to a picture that grows.
template <class Sample>
FACE_PRIVACY_INLINE void set_weighted(const std::uint8_t* row, float weight, const std::uint8_t* other_row,
                                      float other_weight, float* sum, std::size_t count) {
  const auto* input = reinterpret_cast<const Sample*>(row);
  const auto* other = reinterpret_cast<const Sample*>(other_row);
  for (std::size_t i = 0; i < count; ++i)
    sum[i] = weight * static_cast<float>(input[i]) + other_weight * static_cast<float>(other[i]);
}

// What the rows of one output row are added up in.
struct RowSum {
  std::size_t count;            // samples of a row
  std::vector<float> weighted;  // and zeros behind them
  std::vector<std::uint16_t> whole;
};

// Most rows of a large picture lie wholly under one output row and have equal weights. Bytes are
// then added up as integers, which takes a third of the time of floating point.
FACE_PRIVACY_INLINE void add_equal_rows(const ImageView& source, int first, int count, float weight,
                                        RowSum& sum) {
  constexpr int kRowsWithoutOverflow = 257;  // 257 * 255 = 65535
  std::uint16_t* const whole = sum.whole.data();
  for (int begin = 0; begin < count; begin += kRowsWithoutOverflow) {
    std::fill_n(whole, sum.count, std::uint16_t{0});
    const int end = std::min(count, begin + kRowsWithoutOverflow);
    for (int y = begin; y < end; ++y) {
      const std::uint8_t* row = source.row(first + y);
      for (std::size_t i = 0; i < sum.count; ++i) whole[i] = static_cast<std::uint16_t>(whole[i] + row[i]);
    }
    float* const weighted = sum.weighted.data();
    for (std::size_t i = 0; i < sum.count; ++i) weighted[i] += weight * static_cast<float>(whole[i]);
  }
}

// The weighted sum of the rows that make one output row.
template <class Sample>
FACE_PRIVACY_INLINE void sum_rows(const ImageView& source, const Contribution& rows, RowSum& sum) {
  float* const weighted = sum.weighted.data();
  const float* const weights = rows.weights.data();
  const auto count = static_cast<int>(rows.weights.size());
  const auto row = [&](int i) __attribute__((always_inline)) { return source.row(rows.first + i); };
  if (sizeof(Sample) == 1 && count > 3) {
    set_weighted<Sample>(row(0), weights[0], row(0), 0, weighted, sum.count);
    add_equal_rows(source, rows.first + 1, count - 2, weights[1], sum);
    add_weighted<Sample>(row(count - 1), weights[count - 1], weighted, sum.count);
    return;
  }
  const int second = std::min(1, count - 1);
  set_weighted<Sample>(row(0), weights[0], row(second), count > 1 ? weights[1] : 0, weighted, sum.count);
  for (int i = 2; i < count; ++i) add_weighted<Sample>(row(i), weights[i], weighted, sum.count);
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.F, 255.F)); }

// Four floats that the compiler keeps in one register: the channels of a pixel, and with three of
// them the first of the next, which nobody looks at.
using FourFloats = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));

// Rounded, the first in the first byte of memory. Weights add up to 1, so that nothing is negative.
FACE_PRIVACY_INLINE std::uint32_t to_bytes(FourFloats values) {
  const FourInts rounded = __builtin_convertvector(values + 0.5F, FourInts);
#if defined(__SSE2__)
  const __m128i words = _mm_packs_epi32(reinterpret_cast<__m128i>(rounded), _mm_setzero_si128());
  return static_cast<std::uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(words, words)));
#else
  std::uint8_t bytes[4];
  for (int c = 0; c < 4; ++c) bytes[c] = static_cast<std::uint8_t>(std::min(rounded[c], 255));
  std::uint32_t result;
  std::memcpy(&result, bytes, sizeof result);
  return result;
#endif
}

// kCount: `count`, or 0 where it is not known while this is compiled.
template <int kCount>
FACE_PRIVACY_INLINE FourFloats mean_pixel(const float* pixel, const float* weights, int count, int channels) {
  FourFloats mean{};
  for (int i = 0; i < (kCount > 0 ? kCount : count); ++i, pixel += channels) {
    FourFloats samples;
    std::memcpy(&samples, pixel, sizeof samples);
    mean += samples * weights[i];
  }
  return mean;
}

// One row of output from a summed row of red, green and blue.
template <int kCount>
FACE_PRIVACY_INLINE void write_rgb(const RowSum& sum, int channels, const Columns& columns,
                                   std::uint8_t* out) {
  const float* weights = columns.weights.data();
  std::uint32_t bytes = 0;
  const int* first = columns.first_sample.data();
  const int* const end = first + columns.first_sample.size();
  for (; first != end; ++first, weights += columns.count) {
    if (first != columns.first_sample.data()) {
      std::memcpy(out, &bytes, sizeof bytes);  // the next pixel is written over the fourth
      out += 3;
    }
    bytes = to_bytes(mean_pixel<kCount>(sum.weighted.data() + *first, weights, columns.count, channels));
  }
  std::memcpy(out, &bytes, 3);
}

// The same for grey and CMYK.
void write_converted(const RowSum& sum, const PixelLayout& layout, const Columns& columns,
                     std::uint8_t* out) {
  const float* weights = columns.weights.data();
  for (const int first : columns.first_sample) {
    const FourFloats mean =
        mean_pixel<0>(sum.weighted.data() + first, weights, columns.count, layout.channels());
    for (int c = 0; c < 3; ++c) {
      out[c] = to_byte(layout.model == ColorModel::kGray ? mean[0]
                                                         : (255.F - mean[c]) * (255.F - mean[3]) / 255.F);
    }
    weights += columns.count;
    out += 3;
  }
}

FACE_PRIVACY_INLINE void resize(const ImageView& source, const MutableImageView& out) {
  const int channels = source.layout.channels();
  const bool wide = source.layout.bytes_per_sample == 2;
  const auto rows = contributions(source.height, out.height, wide ? 1.F / 257.F : 1.F);
  const Columns columns = columns_of(source.width, out.width, channels);
  RowSum sum;
  sum.count = static_cast<std::size_t>(source.width) * static_cast<std::size_t>(channels);
  // Behind the row: weights of 0, and the three channels that are read of a pixel that there is not.
  sum.weighted.resize(sum.count + static_cast<std::size_t>(columns.count * channels) + 3);
  sum.whole.resize(sum.count);
  for (int y = 0; y < out.height; ++y) {
    const Contribution& from = rows[static_cast<std::size_t>(y)];
    wide ? sum_rows<std::uint16_t>(source, from, sum) : sum_rows<std::uint8_t>(source, from, sum);
    if (source.layout.model != ColorModel::kRgb) {
      write_converted(sum, source.layout, columns, out.row(y));
    } else if (columns.count == 2) {
      write_rgb<2>(sum, channels, columns, out.row(y));
    } else if (columns.count == 3) {
      write_rgb<3>(sum, channels, columns, out.row(y));
    } else {
      write_rgb<0>(sum, channels, columns, out.row(y));
    }
  }
}

void resize_baseline(const ImageView& source, const MutableImageView& out) { resize(source, out); }

#if defined(__x86_64__)
// Without fused multiplication, so that every processor makes the same pixels.
[[gnu::target("avx2")]] void resize_avx2(const ImageView& source, const MutableImageView& out) {
  resize(source, out);
}
#endif

#undef FACE_PRIVACY_INLINE

}  // namespace

Image resize_to_rgb8(const ImageView& source, Size target) {
  assert(source.width > 0 && source.height > 0 && target.width > 0 && target.height > 0);
  Image result(target, kRgb8);
  const auto out = result.mutable_view();
  if (source.size() == target && source.layout == kRgb8) {
    for (int y = 0; y < target.height; ++y) std::memcpy(out.row(y), source.row(y), result.stride_bytes());
    return result;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    resize_avx2(source, out);
    return result;
  }
#endif
  resize_baseline(source, out);
  return result;
}

}  // namespace face_privacy
