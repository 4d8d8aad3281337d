// Activations are unsigned bytes from 0, since each comes out of a ReLU; weights are symmetric and
// have a scale for each output channel. Activations have a scale for each channel as well: it costs
// nothing in a depthwise layer, and elsewhere it goes into the weights before they are quantised.
#include "nn/int8/quantize.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <span>

#include "nn/int8/reference.h"
#include "nn/int8/rounding.h"

namespace face_privacy::int8 {
namespace {

constexpr float kLargestByte = 255;

using Floats = std::vector<float>;

// The moments of the inputs of one output channel, each times its scale; empty where there are none.
// kModel-worthy nonsense (a wrong number of values) is nothing as well.
std::vector<double> moments_of(const Ranges& ranges, const LayerSpec& spec, std::size_t out,
                               std::size_t window, const Floats& in_scale) {
  const auto found = ranges.moments.find(spec.convolutions.front());
  if (found == ranges.moments.end()) return {};
  const std::size_t triangle = window * (window + 1) / 2;
  const std::size_t count = spec.depthwise ? static_cast<std::size_t>(spec.out_channels) : 1;
  if (found->second.size() != triangle * count) return {};
  const float* value = found->second.data() + (spec.depthwise ? out * triangle : 0);
  std::vector<double> full(window * window);
  for (std::size_t i = 0; i < window; ++i) {
    for (std::size_t j = i; j < window; ++j) {
      const double scales =
          spec.depthwise ? 1.0 : 1.0 / in_scale[i % in_scale.size()] / in_scale[j % in_scale.size()];
      full[i * window + j] = full[j * window + i] = *value++ * scales;
    }
  }
  return full;
}

QuantizedLayer round_layer(const LayerSpec& spec, const RealLayer& real, const Floats& in_scale,
                           const Floats& out_scale, const Floats& mean, const Ranges& ranges) {
  const auto channels = static_cast<std::size_t>(spec.out_channels);
  const std::size_t window = real.weights.size() / channels;
  QuantizedLayer layer;
  std::vector<double> weights(window);
  for (std::size_t out = 0; out < channels; ++out) {
    for (std::size_t i = 0; i < window; ++i) {
      weights[i] = static_cast<double>(real.weights[out * window + i]) *
                   in_scale[spec.depthwise ? out : i % in_scale.size()];
    }
    const auto [rounded, scale] = round_weights(weights, moments_of(ranges, spec, out, window, in_scale));
    layer.weights.insert(layer.weights.end(), rounded.begin(), rounded.end());
    double bias = real.bias[out];
    // What rounding changed is made up for on average.
    for (std::size_t i = 0; !mean.empty() && i < window; ++i) {
      const std::size_t channel = spec.depthwise ? out : i % in_scale.size();
      bias += (weights[i] - rounded[i] * scale) * mean[channel] / in_scale[channel];
    }
    if (spec.input == 0) bias -= kPictureZero * scale * std::accumulate(rounded.begin(), rounded.end(), 0);
    layer.scale.push_back(static_cast<float>(scale / out_scale[out]));
    layer.offset.push_back(static_cast<float>(bias / out_scale[out]));
  }
  return layer;
}

// The value of one step of a byte, for each channel.
std::optional<Floats> scale_of(const NetworkSpec& spec, int tensor, const Ranges& ranges) {
  const TensorSpec& of = spec.tensors[static_cast<std::size_t>(tensor)];
  if (tensor == 0) return Floats(static_cast<std::size_t>(of.channels), kPictureScale);
  const auto found = ranges.largest.find(of.name);
  if (found == ranges.largest.end()) return std::nullopt;
  Floats scale = found->second;
  if (scale.size() == 1) scale.assign(static_cast<std::size_t>(of.channels), scale.front());
  if (scale.size() != static_cast<std::size_t>(of.channels)) return std::nullopt;
  for (float& value : scale) value /= kLargestByte;
  return scale;
}

// Empty where the table has none.
Floats mean_of(const NetworkSpec& spec, int tensor, const Ranges& ranges) {
  const TensorSpec& of = spec.tensors[static_cast<std::size_t>(tensor)];
  const auto found = ranges.mean.find(of.name);
  const bool fits =
      found != ranges.mean.end() && found->second.size() == static_cast<std::size_t>(of.channels);
  return fits ? found->second : Floats{};
}

}  // namespace

Result<std::vector<QuantizedLayer>> quantize(const NetworkSpec& spec,
                                             const std::map<std::string, Convolution>& convolutions,
                                             const Ranges& ranges) {
  std::vector<Floats> scales;
  for (std::size_t i = 0; i < spec.tensors.size(); ++i) {
    auto scale = scale_of(spec, static_cast<int>(i), ranges);
    if (!scale) return fail(ErrorCode::kModel, "the table of activation ranges is another network's");
    scales.push_back(std::move(*scale));
  }
  const auto real = real_layers(spec, convolutions);
  if (!real) return fail(real);
  std::vector<QuantizedLayer> layers;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    Floats out_scale(static_cast<std::size_t>(layer.out_channels), 1.F);
    if (!layer.is_head()) {
      const Floats& all = scales[static_cast<std::size_t>(layer.output)];
      std::copy_n(all.begin() + layer.output_channel, layer.out_channels, out_scale.begin());
    }
    layers.push_back(round_layer(layer, (*real)[i], scales[static_cast<std::size_t>(layer.input)], out_scale,
                                 mean_of(spec, layer.input, ranges), ranges));
    if (layer.coarse != kNone) {
      Floats coarse = scales[static_cast<std::size_t>(layer.coarse)];
      for (std::size_t c = 0; c < coarse.size(); ++c) coarse[c] /= out_scale[c];
      layers.back().coarse_scale = std::move(coarse);
    }
  }
  return layers;
}

}  // namespace face_privacy::int8
