// Activations are unsigned bytes from 0, since each comes out of a ReLU; out of a PReLU they have a byte for
// zero, which is also what lies around the picture; weights are symmetric and
// have a scale for each output channel. Activations have a scale for each channel as well: it costs
// nothing in a depthwise layer, and elsewhere it goes into the weights before they are quantized.
#include "nn/int8/quantize.h"

#include <algorithm>
#include <cmath>
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

// What the bytes of a tensor stand for, for each channel.
struct ByteMeaning {
  Floats scale;  // the value of one step
  Floats zero;   // the byte for 0
};

QuantizedLayer round_layer(const LayerSpec& spec, const RealLayer& real, const ByteMeaning& in,
                           const ByteMeaning& out_bytes, const Floats& mean, const Ranges& ranges) {
  const Floats& in_scale = in.scale;
  const Floats& out_scale = out_bytes.scale;
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
    for (std::size_t i = 0; i < window; ++i) {
      bias -= scale * rounded[i] * in.zero[spec.depthwise ? out : i % in.zero.size()];
    }
    layer.scale.push_back(static_cast<float>(scale / out_scale[out]));
    layer.offset.push_back(static_cast<float>(bias / out_scale[out]));
  }
  if (!spec.is_head() && !real.slopes.empty()) {
    layer.slope = real.slopes;
    layer.zero = out_bytes.zero;
  }
  return layer;
}

// One for each channel; one of the table may stand for all.
std::optional<Floats> of_channels(const std::map<std::string, Floats>& lists, const TensorSpec& tensor) {
  const auto found = lists.find(tensor.name);
  if (found == lists.end()) return std::nullopt;
  const auto channels = static_cast<std::size_t>(tensor.channels);
  if (found->second.size() == 1) return Floats(channels, found->second.front());
  return found->second.size() == channels ? std::optional(found->second) : std::nullopt;
}

std::optional<ByteMeaning> meaning_of(const NetworkSpec& spec, int tensor, const Ranges& ranges) {
  const TensorSpec& of = spec.tensors[static_cast<std::size_t>(tensor)];
  const auto channels = static_cast<std::size_t>(of.channels);
  if (tensor == 0) {
    const auto& zero = spec.picture.zero;
    return ByteMeaning{Floats(channels, spec.picture.scale), Floats(zero.begin(), zero.end())};
  }
  auto scale = of_channels(ranges.largest, of);
  if (!scale) return std::nullopt;
  const Floats low = of_channels(ranges.smallest, of).value_or(Floats(channels, 0.F));
  Floats zero(channels, 0.F);
  for (std::size_t c = 0; c < channels; ++c) {
    (*scale)[c] = ((*scale)[c] - std::min(low[c], 0.F)) / kLargestByte;
    zero[c] = std::clamp(std::nearbyint(-low[c] / (*scale)[c]), 0.F, kLargestByte);
  }
  return ByteMeaning{std::move(*scale), std::move(zero)};
}

// Empty where the table has none.
Floats mean_of(const NetworkSpec& spec, int tensor, const Ranges& ranges) {
  const TensorSpec& of = spec.tensors[static_cast<std::size_t>(tensor)];
  const auto found = ranges.mean.find(of.name);
  const bool fits =
      found != ranges.mean.end() && found->second.size() == static_cast<std::size_t>(of.channels);
  return fits ? found->second : Floats{};
}

tl::unexpected<Error> another_networks_table() {
  return fail(ErrorCode::kModel, "the table of activation ranges is another network's");
}

// One that is open everywhere where the table has none. False where it has one for another tensor.
bool add_gate(const TensorSpec& tensor, const ByteMeaning& bytes, const Ranges& ranges,
              QuantizedLayer& layer) {
  const std::size_t taps = kGateTaps * static_cast<std::size_t>(tensor.channels);
  layer.gate.assign(taps, 0);
  layer.gate_offset = {1};
  const auto found = ranges.gates.find(tensor.name);
  if (found == ranges.gates.end()) return true;
  if (found->second.size() != taps + 1) return false;
  std::vector<double> weights(taps);
  double offset = found->second.back();
  double largest = 0;
  for (std::size_t i = 0; i < taps; ++i) {
    const std::size_t channel = i % bytes.scale.size();
    weights[i] = static_cast<double>(found->second[i]) * bytes.scale[channel];
    offset -= weights[i] * bytes.zero[channel];
    largest = std::max(largest, std::abs(weights[i]));
  }
  // Sums of bytes times such weights stay within 32 bits up to 2,000 weights.
  constexpr double kLargestGateWeight = 1 << 12;
  const double steps = largest > 0 ? kLargestGateWeight / largest : 0;
  for (std::size_t i = 0; i < taps; ++i) {
    layer.gate[i] = static_cast<std::int16_t>(std::lround(weights[i] * steps));
  }
  layer.gate_offset = {static_cast<std::int32_t>(std::clamp(offset * steps, -1e9, 1e9))};
  return true;
}

}  // namespace

Result<std::vector<QuantizedLayer>> quantize(const NetworkSpec& spec,
                                             const std::map<std::string, Convolution>& convolutions,
                                             const Ranges& ranges, const FloatTensors& floats) {
  std::vector<ByteMeaning> bytes;
  for (std::size_t i = 0; i < spec.tensors.size(); ++i) {
    auto meaning = meaning_of(spec, static_cast<int>(i), ranges);
    if (!meaning) return another_networks_table();
    bytes.push_back(std::move(*meaning));
  }
  const auto real = real_layers(spec, convolutions, floats);
  if (!real) return fail(real);
  std::vector<QuantizedLayer> layers;
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const auto channels = static_cast<std::size_t>(layer.out_channels);
    ByteMeaning out{Floats(channels, 1.F), Floats(channels, 0.F)};
    if (!layer.is_head()) {
      const ByteMeaning& all = bytes[static_cast<std::size_t>(layer.output)];
      std::copy_n(all.scale.begin() + layer.output_channel, channels, out.scale.begin());
      std::copy_n(all.zero.begin() + layer.output_channel, channels, out.zero.begin());
    }
    layers.push_back(round_layer(layer, (*real)[i], bytes[static_cast<std::size_t>(layer.input)], out,
                                 mean_of(spec, layer.input, ranges), ranges));
    if (layer.coarse != kNone) {
      const ByteMeaning& coarse = bytes[static_cast<std::size_t>(layer.coarse)];
      layers.back().coarse_scale = coarse.scale;
      for (std::size_t c = 0; c < channels; ++c) layers.back().coarse_scale[c] /= out.scale[c];
      layers.back().coarse_zero = coarse.zero;
    }
    if (layer.gate != kNone) {
      const auto gate = static_cast<std::size_t>(layer.gate);
      if (!add_gate(spec.tensors[gate], bytes[gate], ranges, layers.back())) return another_networks_table();
    }
  }
  return layers;
}

}  // namespace face_privacy::int8
