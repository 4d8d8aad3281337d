#include "nn/int8/reference.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

namespace face_privacy::int8 {
namespace {

tl::unexpected<Error> does_not_fit() {
  return fail(ErrorCode::kModel, "the model is not the network that can run at 8 bits");
}

// The model's order is [out][in][row][column]; inputs that it does not have get zeros.
void append(RealLayer& layer, const Convolution& conv, int spare_in) {
  const auto taps = static_cast<std::size_t>(conv.kernel * conv.kernel);
  const auto in = static_cast<std::size_t>(conv.in_channels);
  for (std::size_t out = 0; out < conv.bias.size(); ++out) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      for (std::size_t i = 0; i < in; ++i) {
        layer.weights.push_back(conv.weights[(out * in + i) * taps + tap]);
      }
      layer.weights.insert(layer.weights.end(), static_cast<std::size_t>(spare_in), 0.F);
    }
    layer.bias.push_back(conv.bias[out]);
  }
}

// The softmax of two values needs only their difference. Those of all pairs take the place of the first.
void keep_logit_differences(RealLayer& head, std::size_t pairs, bool adjoin, std::size_t in) {
  for (std::size_t pair = 0; pair < pairs; ++pair) {
    const std::size_t against = adjoin ? 2 * pair : pair;
    const std::size_t in_favour = adjoin ? against + 1 : pairs + pair;
    for (std::size_t i = 0; i < in; ++i) {
      head.weights[pair * in + i] = head.weights[in_favour * in + i] - head.weights[against * in + i];
    }
    head.bias[pair] = head.bias[in_favour] - head.bias[against];
  }
  const auto first = static_cast<std::ptrdiff_t>(pairs);
  const auto width = static_cast<std::ptrdiff_t>(in);
  head.weights.erase(head.weights.begin() + first * width, head.weights.begin() + 2 * first * width);
  head.bias.erase(head.bias.begin() + first, head.bias.begin() + 2 * first);
}

void swap_red_and_blue(std::vector<float>& weights) {
  for (std::size_t i = 0; i + 2 < weights.size(); i += 3) std::swap(weights[i], weights[i + 2]);
}

// Nothing where the model has other ones than the layer needs.
std::optional<std::vector<float>> slopes_of(const LayerSpec& spec, const FloatTensors& floats) {
  const auto channels = static_cast<std::size_t>(spec.out_channels);
  if (spec.slopes.empty()) return std::vector<float>(spec.is_sloped() ? channels : 0, spec.leak);
  const auto slopes = floats.find(spec.slopes);
  if (slopes == floats.end() || slopes->second.size() != channels) return std::nullopt;
  return slopes->second;
}

std::optional<RealLayer> gather(const LayerSpec& spec, const std::map<std::string, Convolution>& convolutions,
                                const FloatTensors& floats) {
  RealLayer layer;
  for (const std::string& name : spec.convolutions) {
    const auto conv = convolutions.find(name);
    if (conv == convolutions.end() || conv->second.kernel != spec.kernel ||
        conv->second.in_channels != (spec.depthwise ? 1 : spec.in_channels - spec.spare_in)) {
      return std::nullopt;
    }
    append(layer, conv->second, spec.depthwise ? 0 : spec.spare_in);
  }
  if (layer.bias.size() != static_cast<std::size_t>(spec.out_channels - spec.spare_out)) return std::nullopt;
  auto slopes = slopes_of(spec, floats);
  if (!slopes) return std::nullopt;
  layer.slopes = std::move(*slopes);
  const std::size_t window = layer.weights.size() / layer.bias.size();
  if (spec.logit_pairs > 0) {
    keep_logit_differences(layer, static_cast<std::size_t>(spec.logit_pairs), spec.pairs_adjoin, window);
  }
  layer.bias.resize(static_cast<std::size_t>(spec.out_channels), 0.F);
  layer.weights.resize(layer.bias.size() * window, 0.F);
  return layer;
}

// [out][tap][in] to [tap][in][out]: the innermost loop runs over adjacent outputs.
std::vector<float> transposed(const LayerSpec& spec, const RealLayer& layer) {
  const auto channels = static_cast<std::size_t>(spec.out_channels);
  const std::size_t window = layer.weights.size() / channels;
  std::vector<float> weights(layer.weights.size());
  for (std::size_t out = 0; out < channels; ++out) {
    for (std::size_t i = 0; i < window; ++i) weights[i * channels + out] = layer.weights[out * window + i];
  }
  return weights;
}

// Adds what one input pixel gives to one output pixel.
void accumulate(const LayerSpec& spec, const float* in, const float* weights, float* out) {
  const auto channels = static_cast<std::size_t>(spec.out_channels);
  if (spec.depthwise) {
    for (std::size_t c = 0; c < channels; ++c) out[c] += in[c] * weights[c];
    return;
  }
  for (int i = 0; i < spec.in_channels; ++i, weights += channels) {
    const float value = in[i];
    if (value == 0) continue;  // half of what comes out of a ReLU
    for (std::size_t c = 0; c < channels; ++c) out[c] += value * weights[c];
  }
}

const float* pixel_of(const RealTensor& tensor, int x, int y) {
  return tensor.values.data() + (static_cast<std::size_t>(y) * static_cast<std::size_t>(tensor.size.width) +
                                 static_cast<std::size_t>(x)) *
                                    static_cast<std::size_t>(tensor.channels);
}

// The layer's own channels only.
RealTensor convolve(const LayerSpec& spec, const RealLayer& layer, const RealTensor& in) {
  RealTensor out{{in.size.width / spec.stride, in.size.height / spec.stride}, spec.out_channels, {}};
  const auto weights = transposed(spec, layer);
  const std::size_t tap = static_cast<std::size_t>(spec.depthwise ? 1 : spec.in_channels) * layer.bias.size();
  const int reach = spec.kernel / 2;
  for (int y = 0; y < out.size.height; ++y) {
    for (int x = 0; x < out.size.width; ++x) {
      const std::size_t at = out.values.size();
      out.values.insert(out.values.end(), layer.bias.begin(), layer.bias.end());
      for (int k = 0; k < spec.kernel * spec.kernel; ++k) {
        const int from_y = y * spec.stride + k / spec.kernel - reach;
        const int from_x = x * spec.stride + k % spec.kernel - reach;
        if (from_y < 0 || from_x < 0 || from_y >= in.size.height || from_x >= in.size.width) continue;
        accumulate(spec, pixel_of(in, from_x, from_y), weights.data() + static_cast<std::size_t>(k) * tap,
                   out.values.data() + at);
      }
    }
  }
  return out;
}

void rectify(RealTensor& tensor, const std::vector<float>& slopes) {
  for (std::size_t i = 0; i < tensor.values.size(); ++i) {
    float& value = tensor.values[i];
    if (value < 0) value *= slopes.empty() ? 0.F : slopes[i % slopes.size()];
  }
}

void add_coarse(const RealTensor& coarse, RealTensor& tensor) {
  float* value = tensor.values.data();
  for (int y = 0; y < tensor.size.height; ++y) {
    for (int x = 0; x < tensor.size.width; ++x) {
      const float* from = pixel_of(coarse, x / 2, y / 2);
      for (int c = 0; c < tensor.channels; ++c) *value++ += from[c];
    }
  }
}

void put_channels(const RealTensor& part, int first, RealTensor& whole) {
  const auto from = static_cast<std::size_t>(part.channels);
  const auto to = static_cast<std::size_t>(whole.channels);
  whole.size = part.size;
  whole.values.resize(part.values.size() / from * to);
  for (std::size_t i = 0; i < part.values.size(); ++i) {
    whole.values[i / from * to + static_cast<std::size_t>(first) + i % from] = part.values[i];
  }
}

RealTensor picture_of(const ImageView& rgb, const PictureSpec& spec) {
  RealTensor picture{rgb.size(), 3, {}};
  for (int y = 0; y < rgb.height; ++y) {
    for (int x = 0; x < 3 * rgb.width; ++x) {
      const float zero = spec.zero[static_cast<std::size_t>(x % 3)];
      picture.values.push_back((static_cast<float>(rgb.row(y)[x]) - zero) * spec.scale);
    }
  }
  return picture;
}

}  // namespace

Result<std::vector<RealLayer>> real_layers(const NetworkSpec& spec,
                                           const std::map<std::string, Convolution>& convolutions,
                                           const FloatTensors& floats) {
  std::vector<RealLayer> layers;
  for (const LayerSpec& layer : spec.layers) {
    auto real = gather(layer, convolutions, floats);
    if (!real) return does_not_fit();
    if (layer.input == 0 && spec.picture.blue_first) swap_red_and_blue(real->weights);
    layers.push_back(std::move(*real));
  }
  return layers;
}

RealRun run_real(const NetworkSpec& spec, const std::vector<RealLayer>& layers, const ImageView& rgb) {
  RealRun run;
  for (const TensorSpec& tensor : spec.tensors) run.tensors.push_back({{}, tensor.channels, {}});
  run.tensors.front() = picture_of(rgb, spec.picture);
  for (std::size_t i = 0; i < spec.layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    RealTensor out = convolve(layer, layers[i], run.tensors[static_cast<std::size_t>(layer.input)]);
    if (layer.is_head()) {
      run.heads.push_back(std::move(out));
      continue;
    }
    rectify(out, layers[i].slopes);
    if (layer.coarse != kNone) add_coarse(run.tensors[static_cast<std::size_t>(layer.coarse)], out);
    put_channels(out, layer.output_channel, run.tensors[static_cast<std::size_t>(layer.output)]);
  }
  return run;
}

}  // namespace face_privacy::int8
