// A network with a layer of each kind, from made-up weights to the values of its heads.
#include "nn/int8/row_executor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
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

std::map<std::string, Convolution> convolutions() {
  std::mt19937 random(3);
  std::map<std::string, Convolution> all;
  for (const LayerSpec& layer : spec().layers) {
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

RealRun real_run(const ImageView& picture) {
  return run_real(spec(), *real_layers(spec(), convolutions()), picture);
}

std::vector<QuantizedLayer> layers() {
  Ranges ranges;
  const RealRun real = real_run(noise({64, 64}).view());
  for (std::size_t i = 1; i < real.tensors.size(); ++i) {
    const std::vector<float>& values = real.tensors[i].values;
    ranges.largest[spec().tensors[i].name] = {*std::max_element(values.begin(), values.end())};
    ranges.smallest[spec().tensors[i].name] = {
        std::min(0.F, *std::min_element(values.begin(), values.end()))};
  }
  constexpr int kWindow = 27;
  for (int i = 0; i < kWindow; ++i) {
    for (int j = i; j < kWindow; ++j) ranges.moments["first"].push_back(1.F / static_cast<float>(1 + j - i));
  }
  return *quantize(spec(), convolutions(), ranges);
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
