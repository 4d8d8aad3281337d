// Rows first: adding up whole rows is one long vectorisable loop, and what is left for the columns
// is only as tall as the target.
#include "image/resize.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
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
void add_row(const std::uint8_t* row, float weight, float* sum, std::size_t samples) {
  const auto* input = reinterpret_cast<const Sample*>(row);
  for (std::size_t i = 0; i < samples; ++i) sum[i] += weight * static_cast<float>(input[i]);
}

std::uint8_t to_byte(float value) {
  return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.F, 255.F));
}

// One row of `target` pixels from the summed row, `unit` being what one sample of 255 adds.
void write_row(const std::vector<float>& sum, const PixelLayout& layout, float unit,
               const std::vector<Contribution>& columns, std::uint8_t* out) {
  const int channels = layout.channels();
  const int colors = layout.color_channels();
  for (const Contribution& column : columns) {
    float mean[4] = {0, 0, 0, 0};
    const float* pixel = sum.data() + static_cast<std::size_t>(column.first) * channels;
    for (const float weight : column.weights) {
      for (int c = 0; c < colors; ++c) mean[c] += weight * pixel[c];
      pixel += channels;
    }
    for (float& value : mean) value *= unit;
    switch (layout.model) {
      case ColorModel::kGray:
        out[0] = out[1] = out[2] = to_byte(mean[0]);
        break;
      case ColorModel::kRgb:
        for (int c = 0; c < 3; ++c) out[c] = to_byte(mean[c]);
        break;
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
  const bool wide = source.layout.bytes_per_sample == 2;
  const float unit = wide ? 1.F / 257.F : 1.F;
  const auto samples = static_cast<std::size_t>(source.width) * source.layout.channels();
  std::vector<float> sum(samples);
  for (int y = 0; y < target.height; ++y) {
    std::fill(sum.begin(), sum.end(), 0.F);
    const Contribution& from = rows[static_cast<std::size_t>(y)];
    for (std::size_t i = 0; i < from.weights.size(); ++i) {
      const std::uint8_t* row = source.row(from.first + static_cast<int>(i));
      (wide ? add_row<std::uint16_t> : add_row<std::uint8_t>)(row, from.weights[i], sum.data(), samples);
    }
    write_row(sum, source.layout, unit, columns, out.row(y));
  }
  return result;
}

}  // namespace face_privacy
