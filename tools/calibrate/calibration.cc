#include "calibration.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "image/resize.h"

namespace face_privacy::int8 {
namespace {

// The rule that turns the largest values seen into ranges:
//   margin * (channel's largest)^share * (tensor's largest)^(1 - share).
// Chosen by quantizing single tensors and looking at the error of the faces' logits. In the first
// layers a finer step is worth more than the rare value above the range. In the later ones the rare
// values are the faces; and a face may look like none of those seen here, hence the margin of the last.
constexpr RangeRule kDepthwiseInput{1, 1};  // a scale for each channel costs its weights nothing
constexpr RangeRule kEarly{0.75, 0.85};
constexpr RangeRule kLate{0.25, 1.2};
constexpr RangeRule kLast{0.25, 1.5};  // stride 32, and the heads
constexpr int kLastEarlyStridePx = 8;

// A channel that was hardly ever active gets at least this share of its tensor's range.
constexpr double kLeastShare = 0.01;

// Weights of these layers caused most of the weights' error, and rounding them together takes away most
// of that.
constexpr std::array<std::string_view, 19> kRoundedTogether{
    "conv_1_conv2d", "conv_2_conv2d", "conv_3_dw_conv2d", "conv_3_conv2d", "conv_4_dw_conv2d",
    "conv_4_conv2d", "conv_5_conv2d", "conv_6_dw_conv2d", "conv_6_conv2d", "conv_7_conv2d",
    // Of the layout with priors.
    "/fx/stage1/stage1.0/stage1.0.0/Conv", "/fx/stage1/stage1.1/stage1.1.0/stage1.1.0.0/Conv",
    "/fx/stage1/stage1.1/stage1.1.1/stage1.1.1.0/Conv", "/fx/stage1/stage1.2/stage1.2.0/stage1.2.0.0/Conv",
    "/fx/stage1/stage1.2/stage1.2.1/stage1.2.1.0/Conv", "/fx/stage1/stage1.3/stage1.3.0/stage1.3.0.0/Conv",
    "/fx/stage1/stage1.3/stage1.3.1/stage1.3.1.0/Conv", "/fx/stage1/stage1.4/stage1.4.1/stage1.4.1.0/Conv",
    "/fx/stage1/stage1.5/stage1.5.1/stage1.5.1.0/Conv"};
// The first tensors of stride 32.
constexpr std::array<std::string_view, 2> kFirstOfLast{
    "conv_13_dw_relu", "/fx/stage3/stage3.0/stage3.0.0/stage3.0.0.2/LeakyRelu_output_0"};
constexpr int kMomentsStep = 3;  // every third window in both directions

constexpr int kInputMultiple = 32;

int to_multiple(double side) {
  return std::max(1, static_cast<int>(std::lround(side / kInputMultiple))) * kInputMultiple;
}

// Mirrored if asked; values times `gain` plus `lift`, cut to bytes.
Image changed(const ImageView& from, bool mirrored, int gain_percent, int lift) {
  Image image(from.size(), kRgb8);
  const MutableImageView to = image.mutable_view();
  for (int y = 0; y < from.height; ++y) {
    for (int x = 0; x < from.width; ++x) {
      const std::uint8_t* in = from.row(y) + 3 * (mirrored ? from.width - 1 - x : x);
      for (int c = 0; c < 3; ++c) {
        to.row(y)[3 * x + c] =
            static_cast<std::uint8_t>(std::clamp(in[c] * gain_percent / 100 + lift, 0, 255));
      }
    }
  }
  return image;
}

// Adds the products of `count` inputs, `step` apart, to a triangle; returns where the next begins.
double* add_products(const float* inputs, std::size_t count, std::size_t step, double* sums) {
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i; j < count; ++j) {
      *sums++ += static_cast<double>(inputs[i * step]) * static_cast<double>(inputs[j * step]);
    }
  }
  return sums;
}

// Of each channel, from the largest value that was seen in it.
std::vector<float> ranges_by(const RangeRule& rule, const std::vector<float>& largest) {
  const double all = *std::max_element(largest.begin(), largest.end());
  std::vector<float> range;
  for (const float one : largest) {
    const double channel = std::max<double>(one, kLeastShare * all);
    range.push_back(
        static_cast<float>(rule.margin * std::pow(channel, rule.share) * std::pow(all, 1 - rule.share)));
  }
  return range;
}

}  // namespace

void read_window(const RealTensor& in, int kernel, int x, int y, std::vector<float>& window) {
  window.clear();
  for (int k = 0; k < kernel * kernel; ++k) {
    const int from_y = y + k / kernel - kernel / 2;
    const int from_x = x + k % kernel - kernel / 2;
    const bool inside = from_y >= 0 && from_x >= 0 && from_y < in.size.height && from_x < in.size.width;
    for (int c = 0; c < in.channels; ++c) {
      window.push_back(
          inside ? in.values[static_cast<std::size_t>((from_y * in.size.width + from_x) * in.channels + c)]
                 : 0.F);
    }
  }
}

Calibration::Calibration(const NetworkSpec& spec) : spec_(spec) {
  for (const TensorSpec& tensor : spec.tensors) {
    largest_.emplace_back(tensor.channels, 0.F);
    smallest_.emplace_back(tensor.channels, 0.F);
    sums_.emplace_back(tensor.channels, 0.0);
  }
  pixels_.resize(spec.tensors.size(), 0.0);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    if (std::find(kRoundedTogether.begin(), kRoundedTogether.end(), layer.convolutions.front()) ==
        kRoundedTogether.end()) {
      continue;
    }
    const auto window =
        static_cast<std::size_t>(layer.kernel * layer.kernel * (layer.depthwise ? 1 : layer.in_channels));
    const std::size_t triangles = layer.depthwise ? static_cast<std::size_t>(layer.out_channels) : 1;
    moments_.push_back({i, std::vector<double>(triangles * window * (window + 1) / 2, 0.0)});
  }
}

void Calibration::observe(const RealRun& run) {
  for (std::size_t t = 1; t < run.tensors.size(); ++t) {
    const auto channels = largest_[t].size();
    for (std::size_t i = 0; i < run.tensors[t].values.size(); ++i) {
      const float value = run.tensors[t].values[i];
      largest_[t][i % channels] = std::max(largest_[t][i % channels], value);
      smallest_[t][i % channels] = std::min(smallest_[t][i % channels], value);
      sums_[t][i % channels] += static_cast<double>(value);
    }
    pixels_[t] += static_cast<double>(run.tensors[t].values.size() / channels);
  }
  for (Moments& moments : moments_) observe_moments(run, moments);
}

void Calibration::observe_moments(const RealRun& run, Moments& moments) const {
  const LayerSpec& layer = spec_.layers[moments.layer];
  const RealTensor& in = run.tensors[static_cast<std::size_t>(layer.input)];
  const auto channels = static_cast<std::size_t>(in.channels);
  std::vector<float> window;
  for (int y = 0; y < in.size.height; y += kMomentsStep) {
    for (int x = 0; x < in.size.width; x += kMomentsStep) {
      read_window(in, layer.kernel, x, y, window);
      double* sums = moments.sums.data();
      if (!layer.depthwise) {
        add_products(window.data(), window.size(), 1, sums);
        continue;
      }
      for (std::size_t c = 0; c < channels; ++c) {
        sums = add_products(window.data() + c, window.size() / channels, channels, sums);
      }
    }
  }
}

RangeRule Calibration::rule_for(std::size_t tensor) const {
  const TensorSpec& spec = spec_.tensors[tensor];
  if (!spec.name.starts_with("conv_") && !spec.name.starts_with("/fx/")) return kLast;
  const bool is_first = std::find(kFirstOfLast.begin(), kFirstOfLast.end(), spec.name) != kFirstOfLast.end();
  if (spec.stride_px >= kInputMultiple && !is_first) return kLast;
  if (spec.stride_px > kLastEarlyStridePx) return kLate;
  for (const LayerSpec& layer : spec_.layers) {
    if (layer.input == static_cast<int>(tensor) && !layer.depthwise) return kEarly;
  }
  return kDepthwiseInput;
}

Ranges Calibration::result(const std::string& model_sha256) const {
  Ranges ranges;
  ranges.model_sha256 = model_sha256;
  for (std::size_t t = 1; t < largest_.size(); ++t) {
    const RangeRule rule = rule_for(t);
    ranges.largest[spec_.tensors[t].name] = ranges_by(rule, largest_[t]);
    std::vector<float> below = smallest_[t];
    for (float& value : below) value = -value;
    if (*std::max_element(below.begin(), below.end()) <= 0) continue;
    std::vector<float>& low = ranges.smallest[spec_.tensors[t].name] = ranges_by(rule, below);
    for (float& value : low) value = -value;
  }
  for (std::size_t t = 1; t < sums_.size(); ++t) {
    auto& mean = ranges.mean[spec_.tensors[t].name];
    for (const double sum : sums_[t]) mean.push_back(static_cast<float>(sum / pixels_[t]));
  }
  for (const Moments& moments : moments_) {
    const double unit = *std::max_element(moments.sums.begin(), moments.sums.end());
    auto& values = ranges.moments[spec_.layers[moments.layer].convolutions.front()];
    for (const double sum : moments.sums) values.push_back(static_cast<float>(sum / unit));
  }
  return ranges;
}

std::vector<Image> variants(const ImageView& picture, std::span<const int> long_sides_px) {
  struct Light {
    int gain_percent;
    int lift;
  };
  constexpr std::array<Light, 3> kLights{{{100, 0}, {50, 0}, {150, 20}}};
  std::vector<Image> all;
  for (const int side : long_sides_px) {
    const double scale = static_cast<double>(side) / std::max(picture.width, picture.height);
    const Image plain =
        resize_to_rgb8(picture, {to_multiple(picture.width * scale), to_multiple(picture.height * scale)});
    for (const Light& light : kLights)
      all.push_back(changed(plain.view(), false, light.gain_percent, light.lift));
    all.push_back(changed(plain.view(), true, 100, 0));
  }
  return all;
}

}  // namespace face_privacy::int8
