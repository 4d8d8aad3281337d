#include "redact/row_kernels.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace face_privacy {
namespace {

// Lengths around those of a vector, so that each loop has a rest.
constexpr std::array<int, 9> kCounts{0, 1, 7, 8, 15, 16, 33, 64, 101};

template <class Sample>
class RowKernels : public testing::Test {};
using Samples = testing::Types<std::uint8_t, std::uint16_t>;
TYPED_TEST_SUITE(RowKernels, Samples);

TYPED_TEST(RowKernels, MixFourRows) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(0, static_cast<float>(kOneFixed<TypeParam> - 1));
  for (const int count : kCounts) {
    std::array<std::vector<float>, 4> rows;
    for (auto& row : rows) {
      row.resize(static_cast<std::size_t>(count));
      for (float& sample : row) sample = value(random);
    }
    const std::array<float, 4> weights{0.125F, 0.375F, 0.25F, 0.25F};
    std::vector<TypeParam> mixed(static_cast<std::size_t>(count) + 1, 77);
    mix_rows({rows[0].data(), rows[1].data(), rows[2].data(), rows[3].data()}, weights, count, mixed.data());
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      double expected = 0;
      for (std::size_t k = 0; k < 4; ++k) expected += static_cast<double>(weights[k]) * rows[k][i];
      ASSERT_NEAR(mixed[i], expected, 0.51) << count << " " << i;
    }
    ASSERT_EQ(mixed.back(), 77);  // and nothing behind them
  }
}

TYPED_TEST(RowKernels, BlendFromNothingToAll) {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> share(0, 1);
  for (const int count : kCounts) {
    const auto size = static_cast<std::size_t>(count);
    std::vector<float> weights(size);
    std::vector<TypeParam> patch(size);
    std::vector<TypeParam> samples(size + 1, 77);
    for (std::size_t i = 0; i < size; ++i) {
      weights[i] = i % 5 == 0 ? 0 : i % 5 == 1 ? 1 : share(random);
      patch[i] = static_cast<TypeParam>(random());
      samples[i] = static_cast<TypeParam>(random());
    }
    const std::vector<TypeParam> before = samples;
    std::vector<Fixed<TypeParam>> fixed(size);
    to_fixed<TypeParam>(weights.data(), count, fixed.data());
    blend(patch.data(), fixed.data(), count, samples.data());
    for (std::size_t i = 0; i < size; ++i) {
      const double expected = before[i] + (static_cast<double>(patch[i]) - before[i]) * weights[i];
      ASSERT_NEAR(samples[i], expected, 1.01) << count << " " << i;
      if (weights[i] == 1) {
        ASSERT_EQ(samples[i], patch[i]);
      }
      if (weights[i] == 0) {
        ASSERT_EQ(samples[i], before[i]);
      }
    }
    ASSERT_EQ(samples.back(), 77);
  }
}

TEST(Illuminate, GivesTheMeanOfTheLightsByTheirDistance) {
  std::mt19937 random(9);
  std::uniform_real_distribution<float> edge(1, 2);
  std::uniform_real_distribution<float> inside(-0.9F, 0.9F);
  constexpr int kLights = 5;
  constexpr int kPlaces = 24;
  std::array<float, kLights> light_x{};
  std::array<float, kLights> light_y{};
  std::array<float, kLights> weight{};
  std::array<std::array<float, kLights>, WeightedColors::kMost> color{};
  for (std::size_t i = 0; i < kLights; ++i) {
    light_x[i] = edge(random);
    light_y[i] = -edge(random);
    weight[i] = i == 2 ? 0 : edge(random);
    for (auto& channel : color) channel[i] = 100 * edge(random);
  }
  std::array<float, kPlaces> x{};
  std::array<float, kPlaces> y{};
  for (std::size_t i = 0; i < kPlaces; ++i) {
    x[i] = inside(random);
    y[i] = inside(random);
  }
  for (int channels = 1; channels <= WeightedColors::kMost; ++channels) {
    WeightedColors colors_around{light_x.data(), light_y.data(), weight.data(), kLights, {}, channels};
    std::array<std::array<float, kPlaces>, WeightedColors::kMost> lit{};
    std::array<float*, WeightedColors::kMost> to{};
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
      colors_around.color[c] = color[c].data();
      to[c] = lit[c].data();
    }
    inverse_distance_mean(colors_around, x.data(), y.data(), kPlaces, to);
    for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
      for (std::size_t i = 0; i < kPlaces; ++i) {
        double sum = 0;
        double total = 0;
        for (std::size_t light = 0; light < kLights; ++light) {
          const double dx = static_cast<double>(x[i]) - light_x[light];
          const double dy = static_cast<double>(y[i]) - light_y[light];
          sum += weight[light] / (dx * dx + dy * dy) * color[c][light];
          total += weight[light] / (dx * dx + dy * dy);
        }
        ASSERT_NEAR(lit[c][i], sum / total, 0.01) << channels << ' ' << c << ' ' << i;
      }
    }
  }
}

TEST(RowKernelsOfBytes, BlendAFeatherAsItsWeightsDo) {
  std::mt19937 random(5);
  for (const int count : kCounts) {
    for (const int channels : {1, 2}) {
      const auto pixels = static_cast<std::size_t>(count);
      const std::size_t size = pixels * static_cast<std::size_t>(channels);
      std::vector<std::uint8_t> patch(size);
      std::vector<std::uint8_t> samples(size + 1, 77);
      for (std::size_t i = 0; i < size; ++i) {
        patch[i] = static_cast<std::uint8_t>(random());
        samples[i] = static_cast<std::uint8_t>(random());
      }
      // From within a core of radius 20 to beyond a feather of 60.
      const EllipseRow row{1 / 400.F, 0.001F, 0.25F, 1 / 3600.F, 0, 0.03F};
      std::vector<float> weights(pixels);
      ellipse_feather(row, 4.5F, count, weights.data());
      std::vector<std::uint16_t> fixed(pixels);
      to_fixed<std::uint8_t>(weights.data(), count, fixed.data());
      std::vector<std::uint16_t> of_samples(size);
      for (std::size_t i = 0; i < size; ++i) of_samples[i] = fixed[i / static_cast<std::size_t>(channels)];
      std::vector<std::uint8_t> expected = samples;
      blend(patch.data(), of_samples.data(), static_cast<int>(size), expected.data());
      blend_ellipse_feather(row, 4.5F, count, channels, patch.data(), samples.data());
      ASSERT_EQ(samples, expected) << count << " pixels, " << channels << " channels";
    }
  }
}

}  // namespace
}  // namespace face_privacy
