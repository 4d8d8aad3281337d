#include "onednn_network.h"

#include <cstring>
#include <numeric>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

namespace face_privacy::bench {
namespace {

using dnnl::memory;
using int8::kNone;
using int8::LayerSpec;
using int8::QuantizedLayer;

constexpr std::uint8_t kPictureZero = 128;  // the byte around the picture

// The channels that the model has; the engine's own come behind them.
int inputs(const LayerSpec& spec) { return spec.in_channels - spec.spare_in; }
int outputs(const LayerSpec& spec) { return spec.out_channels - spec.spare_out; }

std::vector<std::int8_t> model_weights(const LayerSpec& spec, const std::vector<std::int8_t>& weights) {
  std::vector<std::int8_t> kept;
  const int taps = spec.kernel * spec.kernel;
  const int step = spec.depthwise ? 1 : spec.in_channels;
  for (int out = 0; out < outputs(spec); ++out) {
    for (int tap = 0; tap < taps; ++tap) {
      const auto* const first = weights.data() + (out * taps + tap) * step;
      kept.insert(kept.end(), first, first + (spec.depthwise ? 1 : inputs(spec)));
    }
  }
  return kept;
}

memory::desc nhwc(int channels, Size size, memory::data_type type) {
  return {{1, channels, size.height, size.width}, type, memory::format_tag::nhwc};
}

}  // namespace

struct OneDnnNetwork::State {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  struct Step {
    dnnl::primitive primitive;
    std::unordered_map<int, memory> arguments;
  };
  std::vector<Step> steps;
  std::vector<memory> tensors;  // tensor 0 with a pixel around it
  std::vector<memory> heads;

  void add(const int8::NetworkSpec& spec, const LayerSpec& layer, const QuantizedLayer& quantized);
  void join(int tensor, const std::vector<memory>& parts);
  memory convolve(const LayerSpec& layer, const QuantizedLayer& quantized, const memory* coarse);
  memory enlarged(const memory& coarse, Size size);
  memory weights_for(const LayerSpec& layer, const QuantizedLayer& quantized, const memory::desc& wanted);
};

memory OneDnnNetwork::State::weights_for(const LayerSpec& layer, const QuantizedLayer& quantized,
                                         const memory::desc& wanted) {
  std::vector<std::int8_t> plain = model_weights(layer, quantized.weights);
  const int kernel = layer.kernel;
  const memory::desc desc = layer.depthwise ? memory::desc({outputs(layer), 1, 1, kernel, kernel},
                                                           memory::data_type::s8, memory::format_tag::goihw)
                                            : memory::desc({outputs(layer), inputs(layer), kernel, kernel},
                                                           memory::data_type::s8, memory::format_tag::ohwi);
  memory from(desc, engine, plain.data());
  memory to(wanted, engine);
  dnnl::reorder(from, to).execute(stream, from, to);
  stream.wait();
  return to;
}

memory OneDnnNetwork::State::enlarged(const memory& coarse, Size size) {
  const auto channels = static_cast<int>(coarse.get_desc().dims()[1]);
  memory made(nhwc(channels, size, memory::data_type::u8), engine);
  const dnnl::resampling_forward::desc desc(dnnl::prop_kind::forward_inference,
                                            dnnl::algorithm::resampling_nearest, coarse.get_desc(),
                                            made.get_desc());
  steps.push_back({dnnl::resampling_forward({desc, engine}), {{DNNL_ARG_SRC, coarse}, {DNNL_ARG_DST, made}}});
  return made;
}

memory OneDnnNetwork::State::convolve(const LayerSpec& layer, const QuantizedLayer& quantized,
                                      const memory* coarse) {
  const memory& in = tensors[static_cast<std::size_t>(layer.input)];
  const auto dims = in.get_desc().dims();
  const int pad = layer.input == 0 ? 0 : layer.kernel / 2;
  const int around = layer.input == 0 ? 2 : 0;
  const Size size{(static_cast<int>(dims[3]) - around) / layer.stride,
                  (static_cast<int>(dims[2]) - around) / layer.stride};
  const bool head = layer.is_head();
  const int out = outputs(layer);
  memory made = coarse != nullptr
                    ? enlarged(*coarse, size)
                    : memory(nhwc(out, size, head ? memory::data_type::f32 : memory::data_type::u8), engine);

  dnnl::primitive_attr attributes;
  attributes.set_output_scales(1 << 1, {quantized.scale.begin(), quantized.scale.begin() + out});
  if (coarse != nullptr) {
    // A factor for each channel is more than its sum can do: their mean.
    const auto& factors = quantized.coarse_scale;
    dnnl::post_ops after;
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
    after.append_sum(std::accumulate(factors.begin(), factors.end(), 0.F) /
                     static_cast<float>(factors.size()));
    attributes.set_post_ops(after);
  }
  const memory::dims kernel = layer.depthwise ? memory::dims{out, 1, 1, layer.kernel, layer.kernel}
                                              : memory::dims{out, inputs(layer), layer.kernel, layer.kernel};
  const int far_pad = layer.input == 0 ? layer.stride - 1 - 1 : pad - (layer.stride - 1);
  const dnnl::convolution_forward::desc desc(
      dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, in.get_desc(),
      {kernel, memory::data_type::s8, memory::format_tag::any},
      {{out}, memory::data_type::f32, memory::format_tag::a}, made.get_desc(), {layer.stride, layer.stride},
      {pad, pad}, {layer.kernel == 1 ? 0 : far_pad, layer.kernel == 1 ? 0 : far_pad});
  const dnnl::convolution_forward::primitive_desc chosen(desc, attributes, engine);
  memory bias({{out}, memory::data_type::f32, memory::format_tag::a}, engine);
  for (int c = 0; c < out; ++c) {
    const auto i = static_cast<std::size_t>(c);
    static_cast<float*>(bias.get_data_handle())[i] = quantized.offset[i] / quantized.scale[i];
  }
  steps.push_back({dnnl::convolution_forward(chosen),
                   {{DNNL_ARG_SRC, in},
                    {DNNL_ARG_WEIGHTS, weights_for(layer, quantized, chosen.weights_desc())},
                    {DNNL_ARG_BIAS, bias},
                    {DNNL_ARG_DST, made}}});
  return made;
}

void OneDnnNetwork::State::join(int tensor, const std::vector<memory>& parts) {
  std::vector<memory::desc> descs;
  for (const memory& part : parts) descs.push_back(part.get_desc());
  const dnnl::concat::primitive_desc chosen(1, descs, engine);
  Step step{dnnl::concat(chosen), {}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    step.arguments.emplace(DNNL_ARG_MULTIPLE_SRC + static_cast<int>(i), parts[i]);
  }
  memory& made = tensors[static_cast<std::size_t>(tensor)];
  made = memory(chosen.dst_desc(), engine);
  step.arguments.emplace(DNNL_ARG_DST, made);
  steps.push_back(std::move(step));
}

OneDnnNetwork::OneDnnNetwork(const int8::NetworkSpec& spec, const std::vector<QuantizedLayer>& layers,
                             Size size)
    : state_(std::make_unique<State>()) {
  state_->tensors.resize(spec.tensors.size());
  state_->tensors[0] =
      memory(nhwc(3, {size.width + 2, size.height + 2}, memory::data_type::u8), state_->engine);
  std::memset(state_->tensors[0].get_data_handle(), kPictureZero, state_->tensors[0].get_desc().get_size());
  std::unordered_map<int, std::vector<memory>> parts;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& layer = spec.layers[i];
    const memory* const coarse =
        layer.coarse == kNone ? nullptr : &state_->tensors[static_cast<std::size_t>(layer.coarse)];
    memory made = state_->convolve(layer, layers[i], coarse);
    if (layer.is_head()) {
      state_->heads.push_back(made);
      continue;
    }
    const bool whole = layer.out_channels == spec.tensors[static_cast<std::size_t>(layer.output)].channels;
    state_->tensors[static_cast<std::size_t>(layer.output)] = made;
    if (whole) continue;
    std::vector<memory>& beside = parts[layer.output];
    beside.push_back(made);
    if (beside.size() == 3) state_->join(layer.output, beside);  // 3x3, 5x5, 7x7
  }
}

OneDnnNetwork::~OneDnnNetwork() = default;

void OneDnnNetwork::run(const ImageView& rgb) {
  const std::size_t row_bytes = 3 * static_cast<std::size_t>(rgb.width + 2);
  auto* const picture = static_cast<std::uint8_t*>(state_->tensors[0].get_data_handle());
  for (int y = 0; y < rgb.height; ++y) {
    std::memcpy(picture + static_cast<std::size_t>(y + 1) * row_bytes + 3, rgb.row(y),
                3 * static_cast<std::size_t>(rgb.width));
  }
  for (const State::Step& step : state_->steps) step.primitive.execute(state_->stream, step.arguments);
  state_->stream.wait();
}

std::vector<std::vector<float>> OneDnnNetwork::heads() const {
  std::vector<std::vector<float>> all;
  for (const memory& head : state_->heads) {
    const auto* const first = static_cast<const float*>(head.get_data_handle());
    all.emplace_back(first, first + head.get_desc().get_size() / sizeof(float));
  }
  return all;
}

}  // namespace face_privacy::bench
