// Rows first: adding up whole rows is one long vectorisable loop, and what is left for the columns
// is only as tall as the target.
#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

namespace face_privacy {
namespace {

// The input samples that make one output sample: `weights` from `first` on, with sum 1.
struct Contribution {
  int first;
  std::vector<float> weights;
};

std::vector<Contribution> contributions(int source, int target) {
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
  }
  return result;
}

template <class Sample>
void add_weighted(const std::uint8_t* row, float weight, std::span<float> sum) {
  const auto* input = reinterpret_cast<const Sample*>(row);
  for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * static_cast<float>(input[i]);
}

// Most rows of a large picture lie wholly under one output row and have equal weights. Bytes are
// then added up as integers, which takes a third of the time of floating point.
void add_equal_rows(const ImageView& source, int first, int count, float weight, std::span<float> sum) {
  constexpr int kRowsWithoutOverflow = 257;  // 257 * 255 = 65535
  std::vector<std::uint16_t> whole(sum.size());
  for (int begin = 0; begin < count; begin += kRowsWithoutOverflow) {
    std::fill(whole.begin(), whole.end(), std::uint16_t{0});
    const int end = std::min(count, begin + kRowsWithoutOverflow);
    for (int y = begin; y < end; ++y) {
      const std::uint8_t* row = source.row(first + y);
      for (std::size_t i = 0; i < whole.size(); ++i) whole[i] = static_cast<std::uint16_t>(whole[i] + row[i]);
    }
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += weight * static_cast<float>(whole[i]);
  }
}

// The weighted sum of the rows that make one output row.
void sum_rows(const ImageView& source, const Contribution& rows, std::span<float> sum) {
  std::fill(sum.begin(), sum.end(), 0.F);
  const auto count = static_cast<int>(rows.weights.size());
  const bool wide = source.layout.bytes_per_sample == 2;
  const bool has_equal_rows = !wide && count > 3;
  for (int i = 0; i < count; ++i) {
    if (has_equal_rows && i == 1) {
      add_equal_rows(source, rows.first + 1, count - 2, rows.weights[1], sum);
      i = count - 1;
    }
    const std::uint8_t* row = source.row(rows.first + i);
    const float weight = rows.weights[static_cast<std::size_t>(i)];
    wide ? add_weighted<std::uint16_t>(row, weight, sum) : add_weighted<std::uint8_t>(row, weight, sum);
  }
}

std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.F, 255.F)); }

// Four floats that the compiler keeps in one register: the channels of a pixel, and with three of
// them the first of the next, which nobody looks at.
using FourFloats = float __attribute__((vector_size(16)));
using FourInts = std::int32_t __attribute__((vector_size(16)));
constexpr std::size_t kOverreadFloats = 3;

FourFloats mean_pixel(const float* pixel, const std::vector<float>& weights, int channels) {
  FourFloats mean{};
  const float* weight = weights.data();
  for (const float* const end = weight + weights.size(); weight != end; ++weight, pixel += channels) {
    FourFloats samples;
    std::memcpy(&samples, pixel, sizeof samples);
    mean += samples * *weight;
  }
  return mean;
}

// One row of output from the summed row, `unit` being what one step of a byte adds.
void write_row(const std::vector<float>& sum, const PixelLayout& layout, float unit,
               const std::vector<Contribution>& columns, std::uint8_t* out) {
  const int channels = layout.channels();
  for (const Contribution& column : columns) {
    const float* pixel = sum.data() + static_cast<std::size_t>(column.first) * channels;
    const FourFloats mean = mean_pixel(pixel, column.weights, channels) * unit;
    switch (layout.model) {
      case ColorModel::kGray: out[0] = out[1] = out[2] = to_byte(mean[0]); break;
      case ColorModel::kRgb: {
        const FourInts rounded = __builtin_convertvector(mean + 0.5F, FourInts);  // weights add up to 1
        for (int c = 0; c < 3; ++c) out[c] = static_cast<std::uint8_t>(std::min(rounded[c], 255));
        break;
      }
      case ColorModel::kCmyk:
        for (int c = 0; c < 3; ++c) out[c] = to_byte((255.F - mean[c]) * (255.F - mean[3]) / 255.F);
        break;
    }
    out += 3;
  }
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
  const auto rows = contributions(source.height, target.height);
  const auto columns = contributions(source.width, target.width);
  const float unit = source.layout.bytes_per_sample == 2 ? 1.F / 257.F : 1.F;
  const auto samples = static_cast<std::size_t>(source.width) * source.layout.channels();
  std::vector<float> sum(samples + kOverreadFloats);
  for (int y = 0; y < target.height; ++y) {
    sum_rows(source, rows[static_cast<std::size_t>(y)], std::span(sum).first(samples));
    write_row(sum, source.layout, unit, columns, out.row(y));
  }
  return result;
}

}  // namespace face_privacy
