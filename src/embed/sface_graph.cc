#include "embed/sface_graph.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace face_privacy::int8 {
namespace {

struct Block {
  int stride;
  int channels;
};
constexpr std::array kBlocks{Block{1, 64},  Block{2, 128},  Block{1, 128}, Block{2, 256}, Block{1, 256},
                             Block{2, 512}, Block{1, 512},  Block{1, 512}, Block{1, 512}, Block{1, 512},
                             Block{1, 512}, Block{2, 1024}, Block{1, 1024}};
constexpr int kFirstChannels = 32;
constexpr int kFirstBlock = 2;  // as the model numbers them
constexpr float kTailEpsilon = 2e-5F;

class Builder {
 public:
  Builder() { spec_.tensors.push_back({"data", 3, 1, false}); }

  // Reads the tensor before; the last layer of all gives floats.
  LayerSpec& add(const std::string& name, int channels, int kernel, int stride, bool is_head) {
    LayerSpec layer;
    layer.convolutions = {name + "_conv2d"};
    layer.input = static_cast<int>(spec_.tensors.size()) - 1;
    const TensorSpec& in = spec_.tensors.back();
    layer.in_channels = in.channels;
    layer.out_channels = channels;
    layer.kernel = kernel;
    layer.stride = stride;
    if (!is_head) {
      layer.output = layer.input + 1;
      layer.slopes = name + "_relu_gamma";
      spec_.tensors.push_back({name + "_relu", channels, in.stride_px * stride, false});
    }
    spec_.layers.push_back(std::move(layer));
    return spec_.layers.back();
  }
  int channels() const { return spec_.tensors.back().channels; }
  NetworkSpec take() { return std::move(spec_); }

 private:
  NetworkSpec spec_;
};

NetworkSpec build() {
  Builder net;
  net.add("conv_1", kFirstChannels, 3, 1, false);
  for (std::size_t i = 0; i < kBlocks.size(); ++i) {
    const std::string name = "conv_" + std::to_string(static_cast<int>(i) + kFirstBlock);
    net.add(name + "_dw", net.channels(), 3, kBlocks[i].stride, false).depthwise = true;
    net.add(name, kBlocks[i].channels, 1, 1, i + 1 == kBlocks.size());
  }
  return net.take();
}

// A batch normalization as a factor and a summand for each channel; empty where it is missing.
struct Affine {
  std::vector<double> factor;
  std::vector<double> summand;
};

const std::vector<float>* find(const FloatTensors& floats, const std::string& name, std::size_t count) {
  const auto found = floats.find(name);
  return found != floats.end() && found->second.size() == count ? &found->second : nullptr;
}

Affine affine(const FloatTensors& floats, const std::string& name, std::size_t channels) {
  const auto* gamma = find(floats, name + "_gamma", channels);
  const auto* beta = find(floats, name + "_beta", channels);
  const auto* mean = find(floats, name + "_moving_mean", channels);
  const auto* variance = find(floats, name + "_moving_var", channels);
  if (gamma == nullptr || beta == nullptr || mean == nullptr || variance == nullptr) return {};
  Affine result;
  for (std::size_t c = 0; c < channels; ++c) {
    result.factor.push_back((*gamma)[c] / std::sqrt(static_cast<double>((*variance)[c]) + kTailEpsilon));
    result.summand.push_back((*beta)[c] - (*mean)[c] * result.factor.back());
  }
  return result;
}

}  // namespace

const NetworkSpec& sface_mobilenet() {
  static const NetworkSpec spec = build();
  return spec;
}

Result<SfaceTail> sface_tail(const FloatTensors& floats) {
  const auto* slopes = find(floats, "conv_14_relu_gamma", kSfaceChannels);
  const auto* weights =
      find(floats, "pre_fc1_weight_dequantized", kSfaceOutputs * kSfaceChannels * kSfaceCells);
  const auto* bias = find(floats, "pre_fc1_bias_dequantized", kSfaceOutputs);
  const Affine before = affine(floats, "bn1", kSfaceChannels);
  const Affine after = affine(floats, "fc1", kSfaceOutputs);
  if (slopes == nullptr || weights == nullptr || bias == nullptr || before.factor.empty() ||
      after.factor.empty()) {
    return fail(ErrorCode::kModel, "the model is not the network that can run at 8 bits");
  }
  SfaceTail tail{*slopes, std::vector<float>(weights->size()), {}};
  for (std::size_t out = 0; out < kSfaceOutputs; ++out) {
    double constant = (*bias)[out];
    for (std::size_t channel = 0; channel < kSfaceChannels; ++channel) {
      for (std::size_t cell = 0; cell < kSfaceCells; ++cell) {
        const double weight = (*weights)[(out * kSfaceChannels + channel) * kSfaceCells + cell];
        constant += weight * before.summand[channel];
        tail.weights[(out * kSfaceCells + cell) * kSfaceChannels + channel] =
            static_cast<float>(weight * before.factor[channel] * after.factor[out]);
      }
    }
    tail.bias.push_back(static_cast<float>(constant * after.factor[out] + after.summand[out]));
  }
  return tail;
}

}  // namespace face_privacy::int8
