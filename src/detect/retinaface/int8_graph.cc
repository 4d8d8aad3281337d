#include "detect/retinaface/int8_graph.h"

#include <utility>

namespace face_privacy::int8 {
namespace {

class Builder {
 public:
  int tensor(std::string name, int channels, int stride_px) {
    spec_.tensors.push_back({std::move(name), channels, stride_px, false});
    return static_cast<int>(spec_.tensors.size()) - 1;
  }

  // Writes `channels` channels of `output`, from `first_channel` on.
  LayerSpec& conv_into(int output, int first_channel, const std::string& name, int input, int channels,
                       int kernel, int stride = 1) {
    LayerSpec layer;
    layer.convolutions = {name};
    layer.input = input;
    layer.output = output;
    layer.output_channel = first_channel;
    layer.in_channels = at(input).channels;
    layer.out_channels = channels;
    layer.kernel = kernel;
    layer.stride = stride;
    spec_.layers.push_back(std::move(layer));
    return spec_.layers.back();
  }

  // Makes a tensor of its own, named `output`.
  int conv(const std::string& name, const std::string& output, int input, int channels, int kernel,
           int stride = 1) {
    const int made = tensor(output, channels, at(input).stride_px * stride);
    conv_into(made, 0, name, input, channels, kernel, stride);
    return made;
  }

  int depthwise(const std::string& name, const std::string& output, int input, int stride) {
    const int made = conv(name, output, input, at(input).channels, 3, stride);
    spec_.layers.back().depthwise = true;
    return made;
  }

  // 1x1 on `input`, then `coarse` at twice its size on top.
  int lateral(const std::string& name, const std::string& output, int input, int coarse) {
    const int made = conv(name, output, input, kPyramidChannels, 1);
    spec_.layers.back().coarse = coarse;
    keep(coarse);
    return made;
  }

  void head(int input);
  int backbone(int& stride_8, int& stride_16);
  void keep(int tensor) { at(tensor).keep_rows = true; }
  NetworkSpec take() { return std::move(spec_); }

  static constexpr int kPyramidChannels = 64;

 private:
  TensorSpec& at(int tensor) { return spec_.tensors[static_cast<std::size_t>(tensor)]; }

  NetworkSpec spec_;
};

// Returns the tensor of stride 32.
int Builder::backbone(int& stride_8, int& stride_16) {
  struct Block {
    int stride;
    int channels;
  };
  constexpr Block kBlocks[] = {{2, 32},  {1, 32},  {2, 64},  {1, 64},  {2, 128}, {1, 128},
                               {1, 128}, {1, 128}, {1, 128}, {1, 128}, {2, 256}, {1, 256}};
  constexpr int kLastOfStride8 = 6;
  constexpr int kLastOfStride16 = 12;
  int x = tensor("data", 3, 1);
  x = conv("conv_1_conv2d", "conv_1_relu", x, 16, 3, 2);
  x = conv("conv_2_conv2d", "conv_2_relu", x, 32, 1);
  int number = 3;
  for (const Block& block : kBlocks) {
    const std::string name = "conv_" + std::to_string(number);
    x = depthwise(name + "_dw_conv2d", name + "_dw_relu", x, block.stride);
    x = conv(name + "_conv2d", name + "_relu", x, block.channels, 1);
    if (number == kLastOfStride8) stride_8 = x;
    if (number == kLastOfStride16) stride_16 = x;
    ++number;
  }
  keep(stride_8);
  keep(stride_16);
  return conv("conv_final_conv2d", "conv_final_relu", x, 256, 1);
}

// Context of 3x3, 5x5 and 7x7 made of 3x3 convolutions, side by side, and the three predictions.
void Builder::head(int input) {
  const int stride_px = at(input).stride_px;
  const std::string stride = "stride" + std::to_string(stride_px);
  const std::string prefix = "rf_head_" + stride;
  const int joined = tensor(prefix + "_concat_relu", 64, stride_px);
  conv_into(joined, 0, prefix + "_conv1", input, 32, 3);
  const std::string context = prefix + "_context_conv";
  const int middle = conv(context + "1", context + "1_relu", input, 16, 3);
  conv_into(joined, 32, context + "2", middle, 16, 3);
  const int wide = conv(context + "3_1", context + "3_1_relu", middle, 16, 3);
  conv_into(joined, 48, context + "3_2", wide, 16, 3);
  LayerSpec& predictions = conv_into(kNone, 0, "", joined, kHeadChannels, 1);
  predictions.convolutions = {"face_rpn_cls_score_" + stride, "face_rpn_bbox_pred_" + stride,
                              "face_rpn_landmark_pred_" + stride};
  predictions.logit_pairs = kHeadScores;
}

NetworkSpec build() {
  Builder net;
  int stride_8 = kNone;
  int stride_16 = kNone;
  const int top = net.backbone(stride_8, stride_16);
  const int level_32 = net.conv("rf_c3_lateral", "rf_c3_lateral_relu", top, Builder::kPyramidChannels, 1);
  net.head(level_32);
  const int sum_16 = net.lateral("rf_c2_lateral", "_plus0", stride_16, level_32);
  const int level_16 = net.conv("rf_c2_aggr", "rf_c2_aggr_relu", sum_16, Builder::kPyramidChannels, 3);
  net.head(level_16);
  const int sum_8 = net.lateral("rf_c1_red_conv", "_plus1", stride_8, level_16);
  const int level_8 = net.conv("rf_c1_aggr", "rf_c1_aggr_relu", sum_8, Builder::kPyramidChannels, 3);
  net.head(level_8);
  return net.take();
}

}  // namespace

const NetworkSpec& retinaface_mobilenet() {
  static const NetworkSpec spec = build();
  return spec;
}

}  // namespace face_privacy::int8
