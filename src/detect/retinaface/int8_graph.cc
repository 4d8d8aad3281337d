#include "detect/retinaface/int8_graph.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace face_privacy::int8 {
namespace {

// A convolution of the model file, and the value that comes of it.
struct Named {
  std::string convolution;
  std::string output;
};

// Context of 3x3, 5x5 and 7x7 made of 3x3 convolutions, side by side, and the three predictions.
struct HeadNames {
  std::string joined;
  std::string narrow;
  Named context;  // what 5x5 and 7x7 share
  std::string middle;
  Named further;
  std::string wide;
  std::vector<std::string> predictions;  // scores, boxes, landmarks
  bool pairs_adjoin = false;
};

class Builder {
 public:
  // Negative outputs are multiplied by `leak`, but for those of predictions and of what is joined for them.
  explicit Builder(PictureSpec picture = {}, float leak = 0) : leak_(leak) { spec_.picture = picture; }

  int tensor(std::string name, int channels, int stride_px) {
    spec_.tensors.push_back({std::move(name), channels, stride_px, false});
    spare_.push_back(0);
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
    layer.spare_in = spare_[static_cast<std::size_t>(input)];
    spec_.layers.push_back(std::move(layer));
    return spec_.layers.back();
  }

  // Makes a tensor of its own, named `output`.
  int conv(const Named& names, int input, int channels, int kernel, int stride = 1) {
    const int made = tensor(names.output, channels, at(input).stride_px * stride);
    conv_into(made, 0, names.convolution, input, channels, kernel, stride).leak = leak_;
    return made;
  }

  int depthwise(const Named& names, int input, int stride) {
    const int made = conv(names, input, at(input).channels, 3, stride);
    spec_.layers.back().depthwise = true;
    spec_.layers.back().spare_out = spare_.back() = spare_[static_cast<std::size_t>(input)];
    return made;
  }

  // Of the model's channels as many as the kernels take: the last `spare` of the newest tensor are zeros.
  void fill_up(int spare) { spec_.layers.back().spare_out = spare_.back() = spare; }

  // 1x1 on `input`, then `coarse` at twice its size on top.
  int lateral(const Named& names, int input, int coarse) {
    const int made = conv(names, input, kPyramidChannels, 1);
    spec_.layers.back().coarse = coarse;
    keep(coarse);
    return made;
  }

  // `gate`: a tensor as LayerSpec has it, or kNone.
  void head(int input, const HeadNames& names, int gate);
  void keep(int tensor) { at(tensor).keep_rows = true; }
  NetworkSpec take() { return std::move(spec_); }

  static constexpr int kPyramidChannels = 64;

 private:
  TensorSpec& at(int tensor) { return spec_.tensors[static_cast<std::size_t>(tensor)]; }

  float leak_;
  NetworkSpec spec_;
  std::vector<int> spare_;  // of each tensor, the channels at its end that the model does not have
};

void Builder::head(int input, const HeadNames& names, int gate) {
  const int joined = tensor(names.joined, 64, at(input).stride_px);
  conv_into(joined, 0, names.narrow, input, 32, 3);
  const int context = conv(names.context, input, 16, 3);
  conv_into(joined, 32, names.middle, context, 16, 3);
  const int further = conv(names.further, context, 16, 3);
  conv_into(joined, 48, names.wide, further, 16, 3);
  LayerSpec& predictions = conv_into(kNone, 0, "", joined, kHeadChannels, 1);
  predictions.convolutions = names.predictions;
  predictions.logit_pairs = kHeadScores;
  predictions.pairs_adjoin = names.pairs_adjoin;
  predictions.gate = gate;
}

struct Block {
  int stride;
  int channels;
};

// The feature map of each level.
struct Levels {
  int stride_8 = kNone;
  int stride_16 = kNone;
  int stride_32 = kNone;
};

// What InsightFace's files call a convolution and its output.
Named insightface(const std::string& name) { return {name + "_conv2d", name + "_relu"}; }

Levels insightface_backbone(Builder& net) {
  constexpr Block kBlocks[] = {{2, 32},  {1, 32},  {2, 64},  {1, 64},  {2, 128}, {1, 128},
                               {1, 128}, {1, 128}, {1, 128}, {1, 128}, {2, 256}, {1, 256}};
  constexpr int kLastOfStride8 = 6;
  constexpr int kLastOfStride16 = 12;
  Levels levels;
  int x = net.tensor("data", 3, 1);
  x = net.conv(insightface("conv_1"), x, 16, 3, 2);
  x = net.conv(insightface("conv_2"), x, 32, 1);
  int number = 3;
  for (const Block& block : kBlocks) {
    const std::string name = "conv_" + std::to_string(number);
    x = net.depthwise(insightface(name + "_dw"), x, block.stride);
    x = net.conv(insightface(name), x, block.channels, 1);
    if (number == kLastOfStride8) levels.stride_8 = x;
    if (number == kLastOfStride16) levels.stride_16 = x;
    ++number;
  }
  net.keep(levels.stride_8);
  net.keep(levels.stride_16);
  levels.stride_32 = net.conv(insightface("conv_final"), x, 256, 1);
  return levels;
}

HeadNames insightface_head(int stride_px) {
  const std::string stride = "stride" + std::to_string(stride_px);
  const std::string prefix = "rf_head_" + stride;
  const std::string context = prefix + "_context_conv";
  return {.joined = prefix + "_concat_relu",
          .narrow = prefix + "_conv1",
          .context = {context + "1", context + "1_relu"},
          .middle = context + "2",
          .further = {context + "3_1", context + "3_1_relu"},
          .wide = context + "3_2",
          .predictions = {"face_rpn_cls_score_" + stride, "face_rpn_bbox_pred_" + stride,
                          "face_rpn_landmark_pred_" + stride}};
}

NetworkSpec insightface_network() {
  Builder net;
  const Levels backbone = insightface_backbone(net);
  const auto named = [](const std::string& name) { return Named{name, name + "_relu"}; };
  const int level_32 = net.conv(named("rf_c3_lateral"), backbone.stride_32, Builder::kPyramidChannels, 1);
  net.head(level_32, insightface_head(32), kNone);
  const int sum_16 = net.lateral({"rf_c2_lateral", "_plus0"}, backbone.stride_16, level_32);
  const int level_16 = net.conv(named("rf_c2_aggr"), sum_16, Builder::kPyramidChannels, 3);
  net.head(level_16, insightface_head(16), level_16);
  const int sum_8 = net.lateral({"rf_c1_red_conv", "_plus1"}, backbone.stride_8, level_16);
  const int level_8 = net.conv(named("rf_c1_aggr"), sum_8, Builder::kPyramidChannels, 3);
  net.head(level_8, insightface_head(8), sum_8);
  return net.take();
}

// What PyTorch's exporter calls number `number` of the modules in `path`, a convolution, and its output.
Named pytorch(const std::string& path, const std::string& module) {
  const std::string prefix = path + "/" + module + ".";
  return {prefix + "0/Conv", prefix + "2/LeakyRelu_output_0"};
}

Levels priors_backbone(Builder& net) {
  constexpr int kGroup = 32;  // of channels, that depthwise kernels take
  constexpr std::array<Block, 5> kStage1{{{1, 16}, {2, 32}, {1, 32}, {2, 64}, {1, 64}}};
  constexpr std::array<Block, 6> kStage2{{{2, 128}, {1, 128}, {1, 128}, {1, 128}, {1, 128}, {1, 128}}};
  constexpr std::array<Block, 2> kStage3{{{2, 256}, {1, 256}}};
  int x = net.tensor("input", 3, 1);
  x = net.conv(pytorch("/fx/stage1/stage1.0", "stage1.0"), x, kGroup, 3, 2);
  net.fill_up(kGroup - 8);
  const auto stage = [&](const std::string& name, int first, std::span<const Block> blocks) {
    for (const Block& block : blocks) {
      const std::string module = name + "." + std::to_string(first++);
      std::string path = "/fx/";
      path.append(name).append("/").append(module).append("/").append(module);
      x = net.depthwise(pytorch(path + ".0", module + ".0"), x, block.stride);
      x = net.conv(pytorch(path + ".1", module + ".1"), x, std::max(block.channels, kGroup), 1);
      net.fill_up(std::max(kGroup - block.channels, 0));
    }
    return x;
  };
  Levels levels;
  levels.stride_8 = stage("stage1", 1, kStage1);
  levels.stride_16 = stage("stage2", 0, kStage2);
  levels.stride_32 = stage("stage3", 0, kStage3);
  net.keep(levels.stride_8);
  net.keep(levels.stride_16);
  return levels;
}

// `number` is 1 for stride 8, 2 for 16, 3 for 32.
HeadNames priors_head(int number) {
  const std::string ssh = "/ssh" + std::to_string(number) + "/";
  const auto part = [&](const std::string& name) { return pytorch(ssh + name, name); };
  const auto prediction = [&](const std::string& name) {
    return "/" + name + "/" + name + "." + std::to_string(number - 1) + "/Conv";
  };
  return {.joined = ssh + "Relu_output_0",
          .narrow = part("conv3X3").convolution,
          .context = part("conv5X5_1"),
          .middle = part("conv5X5_2").convolution,
          .further = part("conv7X7_2"),
          .wide = part("conv7x7_3").convolution,
          .predictions = {prediction("class_head"), prediction("bbox_head"), prediction("landmark_head")},
          .pairs_adjoin = true};
}

NetworkSpec priors_network() {
  Builder net({.blue_first = true, .zero = {123, 117, 104}, .scale = 1}, 0.1F);
  const Levels backbone = priors_backbone(net);
  const auto lateral = [](const std::string& name) { return pytorch("/fpn/" + name, name).convolution; };
  const auto merge = [](const std::string& name) { return pytorch("/fpn/" + name, name); };
  const int level_32 = net.conv(merge("output3"), backbone.stride_32, Builder::kPyramidChannels, 1);
  net.head(level_32, priors_head(3), kNone);
  const int sum_16 = net.lateral({lateral("output2"), "/fpn/Add_output_0"}, backbone.stride_16, level_32);
  const int level_16 = net.conv(merge("merge2"), sum_16, Builder::kPyramidChannels, 3);
  net.head(level_16, priors_head(2), level_16);
  const int sum_8 = net.lateral({lateral("output1"), "/fpn/Add_1_output_0"}, backbone.stride_8, level_16);
  const int level_8 = net.conv(merge("merge1"), sum_8, Builder::kPyramidChannels, 3);
  net.head(level_8, priors_head(1), sum_8);
  return net.take();
}

}  // namespace

const NetworkSpec& retinaface_mobilenet() {
  static const NetworkSpec spec = insightface_network();
  return spec;
}

const NetworkSpec& retinaface_mobilenet_priors() {
  static const NetworkSpec spec = priors_network();
  return spec;
}

OutputLayout layout_of(const std::map<std::string, Convolution>& convolutions) {
  const std::string& first = retinaface_mobilenet_priors().layers.front().convolutions.front();
  return convolutions.contains(first) ? OutputLayout::kPriors : OutputLayout::kInsightface;
}

const NetworkSpec& graph_of(OutputLayout layout) {
  return layout == OutputLayout::kPriors ? retinaface_mobilenet_priors() : retinaface_mobilenet();
}

}  // namespace face_privacy::int8
