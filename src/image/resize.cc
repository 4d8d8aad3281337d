// Rows first: adding up whole rows is one long vectorisable loop, and what is left for the columns
// is only as tall as the target.
#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/simd.h"

namespace face_privacy {
namespace {

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
    } else {  // triangle: linear between the centers of two neighbors
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
  // For each pair of columns and each of `count` samples: the first column's weight four times, then
  // the second's, once for each channel of a pixel. Of an odd number, the last pair's second is 0.
  std::vector<float> weights;
};
constexpr std::size_t kWeightsOfPair = 8;

Columns columns_of(int source, int target, int channels) {
  const auto all = contributions(source, target);
  Columns columns;
  for (const Contribution& one : all) {
    columns.count = std::max(columns.count, static_cast<int>(one.weights.size()));
    columns.first_sample.push_back(one.first * channels);
  }
  const auto count = static_cast<std::size_t>(columns.count);
  columns.weights.resize((all.size() + 1) / 2 * count * kWeightsOfPair);
  for (std::size_t i = 0; i < all.size(); ++i) {
    float* to = &columns.weights[i / 2 * count * kWeightsOfPair + i % 2 * 4];
    for (const float weight : all[i].weights) {
      std::fill_n(to, 4, weight);
      to += kWeightsOfPair;
    }
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

// A pixel's channels; where they are three the fourth lane is the next pixel's first, and is ignored.
using FourFloats = float __attribute__((vector_size(16)));

// kCount: the columns' `count`, or 0 where it is not known while this is compiled. `weights` are the pair's.
template <int kCount>
FACE_PRIVACY_INLINE void mean_pixels(const float* first, const float* second, const float* weights, int count,
                                     int channels, Float8& mean) {
  mean = Float8{};
  for (int i = 0; i < (kCount > 0 ? kCount : count); ++i) {
    FourFloats one;
    FourFloats other;
    std::memcpy(&one, first, sizeof one);
    std::memcpy(&other, second, sizeof other);
    mean += __builtin_shufflevector(one, other, 0, 1, 2, 3, 4, 5, 6, 7) *
            *reinterpret_cast<const Float8Anywhere*>(weights);
    first += channels;
    second += channels;
    weights += kWeightsOfPair;
  }
}

// One row of output from a summed row of red, green and blue.
template <int kCount>
FACE_PRIVACY_INLINE void write_rgb(const RowSum& sum, int channels, const Columns& columns,
                                   std::uint8_t* out) {
  const float* const samples = sum.weighted.data();
  const float* weights = columns.weights.data();
  const std::size_t count = columns.first_sample.size();
  const std::size_t pair_weights = static_cast<std::size_t>(columns.count) * kWeightsOfPair;
  for (std::size_t i = 0; i < count; i += 2, weights += pair_weights, out += 6) {
    const float* const first = samples + columns.first_sample[i];
    const float* const second = i + 1 < count ? samples + columns.first_sample[i + 1] : first;
    Float8 mean;
    mean_pixels<kCount>(first, second, weights, columns.count, channels, mean);
    // Weights add up to 1, so that nothing is negative or over 255.
    const Int8 rounded = __builtin_convertvector(mean + 0.5F, Int8);
    const Byte8 bytes = __builtin_convertvector(__builtin_convertvector(rounded, Short8), Byte8);
    const Byte8 pixels = __builtin_shufflevector(bytes, bytes, 0, 1, 2, 4, 5, 6, 3, 7);
    if (i + 2 < count) {
      std::memcpy(out, &pixels, sizeof pixels);  // the next pair is written over the last two
    } else {
      std::memcpy(out, &pixels, i + 1 < count ? 6 : 3);
    }
  }
}

// The same for gray and CMYK.
void write_converted(const RowSum& sum, const PixelLayout& layout, const Columns& columns,
                     std::uint8_t* out) {
  for (std::size_t i = 0; i < columns.first_sample.size(); ++i, out += 3) {
    const float* samples = sum.weighted.data() + columns.first_sample[i];
    const float* weights =
        &columns.weights[i / 2 * static_cast<std::size_t>(columns.count) * kWeightsOfPair + i % 2 * 4];
    FourFloats mean{};
    for (int k = 0; k < columns.count; ++k, samples += layout.channels(), weights += kWeightsOfPair) {
      FourFloats pixel;
      std::memcpy(&pixel, samples, sizeof pixel);
      mean += pixel * *weights;
    }
    for (int c = 0; c < 3; ++c) {
      out[c] = to_byte(layout.model == ColorModel::kGray ? mean[0]
                                                         : (255.F - mean[c]) * (255.F - mean[3]) / 255.F);
    }
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

FACE_PRIVACY_AVX2 void resize_avx2(const ImageView& source, const MutableImageView& out) {
  resize(source, out);
}

}  // namespace

Image resize_to_rgb8(const ImageView& source, Size target) {
  assert(source.width > 0 && source.height > 0 && target.width > 0 && target.height > 0);
  Image result(target, kRgb8);
  const auto out = result.mutable_view();
  if (source.size() == target && source.layout == kRgb8) {
    for (int y = 0; y < target.height; ++y) std::memcpy(out.row(y), source.row(y), result.stride_bytes());
    return result;
  }
  has_avx2() ? resize_avx2(source, out) : resize(source, out);
  return result;
}

}  // namespace face_privacy
