// What becomes of a model file's weights before anything is rounded.
#include "nn/int8/reference.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace face_privacy::int8 {
namespace {

Convolution convolution(int out, int in, float first) {
  Convolution made{out, in, 1, {}, {}};
  for (int i = 0; i < out * in; ++i) made.weights.push_back(first + static_cast<float>(i * i % 7) / 10);
  for (int i = 0; i < out; ++i) made.bias.push_back(static_cast<float>(i) / 4 - 0.5F);
  return made;
}

// A picture, one convolution "first" to `channels`, and a head "last" that gives four values.
NetworkSpec two_layers(int channels) {
  NetworkSpec spec;
  spec.tensors = {{"picture", 3, 1}, {"middle", channels, 1}};
  LayerSpec first{
      .convolutions = {"first"}, .input = 0, .output = 1, .in_channels = 3, .out_channels = channels};
  LayerSpec last{.convolutions = {"last"}, .input = 1, .in_channels = channels, .out_channels = 4};
  spec.layers = {std::move(first), std::move(last)};
  return spec;
}

Image picture() {
  Image image({32, 32}, kRgb8);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 96; ++x) image.mutable_view().row(y)[x] = static_cast<std::uint8_t>(x * 37 + y * 11);
  }
  return image;
}

std::vector<float> head_of(const NetworkSpec& spec, const std::map<std::string, Convolution>& convolutions) {
  const auto layers = real_layers(spec, convolutions);
  EXPECT_TRUE(layers);
  return layers ? run_real(spec, *layers, picture().view()).heads.front().values : std::vector<float>{};
}

TEST(RealLayers, SpareChannelsChangeNothing) {
  const std::map<std::string, Convolution> convolutions{{"first", convolution(5, 3, -0.3F)},
                                                        {"last", convolution(4, 5, 0.1F)}};
  NetworkSpec filled_up = two_layers(8);
  filled_up.layers[0].spare_out = 3;
  filled_up.layers[1].spare_in = 3;
  EXPECT_EQ(head_of(filled_up, convolutions), head_of(two_layers(5), convolutions));
  EXPECT_FALSE(real_layers(two_layers(8), convolutions)) << "channels are missing that nobody called spare";
}

TEST(RealLayers, LeakKeepsAShareOfWhatIsNegative) {
  NetworkSpec spec = two_layers(5);
  spec.layers[0].leak = 0.25F;
  const auto layers =
      real_layers(spec, {{"first", convolution(5, 3, -0.3F)}, {"last", convolution(4, 5, 0)}});
  ASSERT_TRUE(layers);
  NetworkSpec plain = two_layers(5);
  const RealRun leaked = run_real(spec, *layers, picture().view());
  auto without = *layers;
  without[0].slopes.clear();
  const RealRun cut = run_real(plain, without, picture().view());
  int negative = 0;
  for (std::size_t i = 0; i < cut.tensors[1].values.size(); ++i) {
    const float value = leaked.tensors[1].values[i];
    EXPECT_EQ(cut.tensors[1].values[i], std::max(value, 0.F));
    if (value < 0) ++negative;
  }
  EXPECT_GT(negative, 100);
}

TEST(RealLayers, BlueFirstMeansTheWeightsNotThePicture) {
  NetworkSpec spec = two_layers(5);
  spec.picture.blue_first = true;
  Convolution first = convolution(5, 3, -0.3F);
  const std::vector<float> turned = head_of(spec, {{"first", first}, {"last", convolution(4, 5, 0)}});
  for (std::size_t i = 0; i < first.weights.size(); i += 3) std::swap(first.weights[i], first.weights[i + 2]);
  EXPECT_EQ(turned, head_of(two_layers(5), {{"first", first}, {"last", convolution(4, 5, 0)}}));
}

// Against, against, for, for; or against, for, against, for.
TEST(RealLayers, LogitsBecomeDifferencesInEitherOrder) {
  NetworkSpec apart = two_layers(5);
  apart.layers[1].logit_pairs = 2;
  NetworkSpec adjoining = apart;
  adjoining.layers[1].pairs_adjoin = true;
  const Convolution last = convolution(4, 5, 0.2F);
  Convolution mixed = last;
  for (const auto& [from, to] : {std::pair{1, 2}, std::pair{2, 1}}) {
    for (int i = 0; i < 5; ++i) {
      mixed.weights[static_cast<std::size_t>(5 * to + i)] =
          last.weights[static_cast<std::size_t>(5 * from + i)];
    }
    mixed.bias[static_cast<std::size_t>(to)] = last.bias[static_cast<std::size_t>(from)];
  }
  const Convolution first = convolution(5, 3, -0.3F);
  const auto values = head_of(apart, {{"first", first}, {"last", last}});
  EXPECT_EQ(values, head_of(adjoining, {{"first", first}, {"last", mixed}}));
  const auto plain = head_of(two_layers(5), {{"first", first}, {"last", last}});
  ASSERT_EQ(values.size(), plain.size());
  for (std::size_t i = 0; i < values.size(); i += 4) {
    EXPECT_NEAR(values[i], plain[i + 2] - plain[i], 1e-4);
    EXPECT_NEAR(values[i + 1], plain[i + 3] - plain[i + 1], 1e-4);
    EXPECT_EQ(values[i + 2], 0) << "what is left over";
  }
}

}  // namespace
}  // namespace face_privacy::int8
