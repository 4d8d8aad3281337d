// A network with a layer of each kind, from made-up weights to the values of its heads.
#include "nn/int8/row_executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <numeric>
#include <random>
#include <vector>

#include "nn/int8/kernels/choice.h"
#include "nn/int8/reference.h"

namespace face_privacy::int8 {
namespace {

const NetworkSpec& spec() {
  static const NetworkSpec made{
      .tensors = {{"picture", 3, 1},
                  {"first", 16, 2},
                  {"wide", 32, 2, true},
                  {"half", 32, 4},
                  {"coarse", 16, 4, true},
                  {"fine", 16, 2},
                  {"window", 16, 2}},
      .layers = {
          {.convolutions = {"first"},
           .input = 0,
           .output = 1,
           .in_channels = 3,
           .out_channels = 16,
           .kernel = 3,
           .stride = 2,
           .leak = 0.1F},
          {.convolutions = {"wide"}, .input = 1, .output = 2, .in_channels = 16, .out_channels = 32},
          {.convolutions = {"half"},
           .input = 2,
           .output = 3,
           .in_channels = 32,
           .out_channels = 32,
           .kernel = 3,
           .stride = 2,
           .depthwise = true},
          {.convolutions = {"coarse"}, .input = 3, .output = 4, .in_channels = 32, .out_channels = 16},
          {.convolutions = {"fine"},
           .input = 2,
           .output = 5,
           .coarse = 4,
           .in_channels = 32,
           .out_channels = 16},
          {.convolutions = {"window"},
           .input = 5,
           .output = 6,
           .in_channels = 16,
           .out_channels = 16,
           .kernel = 3},
          {.convolutions = {"coarse_head"}, .input = 4, .in_channels = 16, .out_channels = 32},
          {.convolutions = {"fine_head"}, .input = 6, .in_channels = 16, .out_channels = 32},
      }};
  return made;
}

// Distributions of the standard library may differ from machine to machine.
float between_minus_one_and_one(std::mt19937& random) {
  return static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 1000;
}

std::map<std::string, Convolution> convolutions(const NetworkSpec& spec) {
  std::mt19937 random(3);
  std::map<std::string, Convolution> all;
  for (const LayerSpec& layer : spec.layers) {
    Convolution& made = all[layer.convolutions.front()];
    made = {layer.out_channels, layer.depthwise ? 1 : layer.in_channels, layer.kernel, {}, {}};
    for (int i = 0; i < made.out_channels * made.in_channels * made.kernel * made.kernel; ++i) {
      made.weights.push_back(between_minus_one_and_one(random) / 3);
    }
    for (int i = 0; i < made.out_channels; ++i) made.bias.push_back(between_minus_one_and_one(random));
  }
  return all;
}

Image noise(Size size) {
  Image image(size, kRgb8);
  std::mt19937 random(4);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < 3 * size.width; ++x) {
      image.mutable_view().row(y)[x] = static_cast<std::uint8_t>(random() % 256);
    }
  }
  return image;
}

RealRun real_run(const ImageView& picture, const NetworkSpec& of = spec()) {
  return run_real(of, *real_layers(of, convolutions(of)), picture);
}

std::vector<QuantizedLayer> layers(const NetworkSpec& of = spec(), const std::vector<float>& gate = {}) {
  Ranges ranges;
  if (!gate.empty()) ranges.gates["fine"] = gate;
  const RealRun real = real_run(noise({64, 64}).view(), of);
  for (std::size_t i = 1; i < real.tensors.size(); ++i) {
    const std::vector<float>& values = real.tensors[i].values;
    ranges.largest[of.tensors[i].name] = {*std::max_element(values.begin(), values.end())};
    ranges.smallest[of.tensors[i].name] = {std::min(0.F, *std::min_element(values.begin(), values.end()))};
  }
  constexpr int kWindow = 27;
  for (int i = 0; i < kWindow; ++i) {
    for (int j = i; j < kWindow; ++j) ranges.moments["first"].push_back(1.F / static_cast<float>(1 + j - i));
  }
  return *quantize(of, convolutions(of), ranges);
}

std::vector<float> heads(const RowRun& run) {
  std::vector<float> all;
  for (const HeadValues& head : run.heads) all.insert(all.end(), head.values.begin(), head.values.end());
  return all;
}

std::vector<float> heads_with(const Kernels& kernels, Size size) {
  const RowExecutor executor(spec(), layers(), kernels);
  return heads(executor.run(noise(size).view()));
}

// FNV-1a.
std::uint64_t hash(const std::vector<float>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const float value : values) hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3;
  return hash;
}

TEST(RowExecutor, ComesCloseToFullPrecision) {
  const std::vector<float> got = heads_with(portable_kernels(), {64, 32});
  const RealRun real = real_run(noise({64, 32}).view());
  std::vector<float> wanted;
  for (const RealTensor& head : real.heads)
    wanted.insert(wanted.end(), head.values.begin(), head.values.end());
  ASSERT_EQ(got.size(), wanted.size());
  double error = 0;
  double size = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    error += std::abs(got[i] - wanted[i]);
    size += std::abs(wanted[i]);
  }
  EXPECT_LT(error / size, 0.03);
  EXPECT_GT(size, 0);
}

TEST(RowExecutor, EveryKernelGivesTheSameAtEverySize) {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Size size : {Size{32, 32}, Size{64, 32}, Size{32, 96}, Size{160, 64}, Size{228, 36}}) {
      EXPECT_EQ(heads_with(portable_kernels(), size), heads_with(*kernels, size))
          << kernels->name << ' ' << size.width << 'x' << size.height;
    }
  }
}

// The same network with a second window and a gate before its last head.
const NetworkSpec& gated_spec() {
  static const NetworkSpec made = [] {
    NetworkSpec gated = spec();
    LayerSpec head = gated.layers.back();
    LayerSpec second = gated.layers[5];
    head.gate = second.input;
    head.logit_pairs = 2;
    second.convolutions = {"second"};
    second.input = head.input;
    second.output = head.input = static_cast<int>(gated.tensors.size());
    gated.tensors.push_back({"second", 16, 2});
    gated.layers.back() = second;
    gated.layers.push_back(head);
    return gated;
  }();
  return made;
}

constexpr std::size_t kHeadChannels = 32;

// Weights for the gate with which noise leaves some cells open, mostly alone.
std::vector<float> some_gate() {
  std::vector<float> gate(kGateTaps * 16 + 1, 0.F);
  gate[4 * 16] = 2;  // of the pixel itself
  gate[4 * 16 + 5] = -1;
  gate[1 * 16 + 3] = 0.5F;  // of the one above
  gate[8 * 16 + 3] = 0.5F;  // of the one at the lower right
  gate.back() = -2;
  return gate;
}

float gate_value(const std::vector<float>& gate, const RealTensor& tensor, int x, int y) {
  float sum = gate.back();
  for (int tap = 0; tap < 9; ++tap) {
    const int from_x = x + tap % 3 - 1;
    const int from_y = y + tap / 3 - 1;
    if (from_x < 0 || from_y < 0 || from_x >= tensor.size.width || from_y >= tensor.size.height) continue;
    for (int c = 0; c < tensor.channels; ++c) {
      sum +=
          gate[static_cast<std::size_t>(tap * tensor.channels + c)] *
          tensor
              .values[static_cast<std::size_t>((from_y * tensor.size.width + from_x) * tensor.channels + c)];
    }
  }
  return sum;
}

TEST(RowExecutor, WhereAGateIsOpenHeadsAreAsWithoutOneAndElsewhereSeeNothing) {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Size size : {Size{32, 32}, Size{160, 64}, Size{228, 36}}) {
      const Image picture = noise(size);
      const RowExecutor with(gated_spec(), layers(gated_spec(), some_gate()), *kernels);
      const RowExecutor without(gated_spec(), layers(gated_spec()), *kernels);
      const RowRun gated = with.run(picture.view());
      const RowRun all = without.run(picture.view());
      EXPECT_TRUE(std::equal(gated.heads[0].values.begin(), gated.heads[0].values.end(),
                             all.heads[0].values.begin()));
      std::size_t open = 0;
      const std::size_t cells = gated.heads[1].values.size() / kHeadChannels;
      for (std::size_t cell = 0; cell < cells; ++cell) {
        const auto got = gated.heads[1].values.subspan(cell * kHeadChannels, kHeadChannels);
        const auto wanted = all.heads[1].values.subspan(cell * kHeadChannels, kHeadChannels);
        if (got[0] == kClosedLogit && got[1] == kClosedLogit) continue;
        ++open;
        EXPECT_TRUE(std::equal(got.begin(), got.end(), wanted.begin())) << kernels->name << ' ' << cell;
      }
      EXPECT_GT(open, 0U);
      EXPECT_LT(open, cells);
    }
  }
}

TEST(RowExecutor, AGateOpensWhereTheSumOfItsWeightsIsMoreThanZero) {
  const Size size{160, 64};
  const Image picture = noise(size);
  const RowExecutor executor(gated_spec(), layers(gated_spec(), some_gate()), portable_kernels());
  const RowRun run = executor.run(picture.view());
  const RealRun real = real_run(picture.view(), gated_spec());
  const RealTensor& fine = real.tensors[static_cast<std::size_t>(gated_spec().layers.back().gate)];
  std::size_t sure = 0;
  for (int y = 0; y < fine.size.height; ++y) {
    for (int x = 0; x < fine.size.width; ++x) {
      const float value = gate_value(some_gate(), fine, x, y);
      if (value < 0.2F) continue;  // nearer to it bytes may say otherwise
      ++sure;
      const auto cell = static_cast<std::size_t>(y * fine.size.width + x);
      EXPECT_NE(run.heads[1].values[cell * kHeadChannels], kClosedLogit) << value;
    }
  }
  EXPECT_GT(sure, 10U);
}

// From weights in floats to bytes, and from them to heads: numbers of an x86-64.
TEST(RowExecutor, EveryMachineGivesTheSame) {
  std::vector<float> reals;
  for (const RealTensor& head : real_run(noise({64, 64}).view()).heads) {
    reals.insert(reals.end(), head.values.begin(), head.values.end());
  }
  EXPECT_EQ(hash(reals), 17751809977868275100U);
  EXPECT_EQ(hash(heads_with(portable_kernels(), {64, 64})), 17886168596704206045U);
}

}  // namespace
}  // namespace face_privacy::int8
