// Every kernel against plain C++, and that against the convolution it stands for.
#include "nn/int8/kernels/kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "nn/int8/graph.h"
#include "nn/int8/kernels/choice.h"
#include "nn/int8/pack.h"

namespace face_privacy::int8 {
namespace {

struct Case {
  std::string name;
  int in_channels;
  int out_channels;
  int kernel;
  int stride;
  bool depthwise = false;
  bool head = false;
  bool coarse = false;
  bool sloped = false;
};

LayerSpec spec_of(const Case& c) {
  LayerSpec spec;
  spec.input = 0;
  spec.output = c.head ? kNone : 1;
  spec.in_channels = c.in_channels;
  spec.out_channels = c.out_channels;
  spec.kernel = c.kernel;
  spec.stride = c.stride;
  spec.depthwise = c.depthwise;
  return spec;
}

// The rows a layer reads for one output row, its weights, and a coarser row to add.
struct Data {
  int width;  // of the output
  std::vector<std::vector<std::uint8_t>> rows;
  QuantizedLayer layer;
  std::vector<std::uint8_t> coarse;
};

Data random_data(const Case& c, int width, unsigned int seed) {
  std::mt19937 random(seed);
  const auto between = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const int window = c.kernel * c.kernel * (c.depthwise ? 1 : c.in_channels);
  Data data{width, {}, {}, {}};
  for (int r = 0; r < c.kernel; ++r) {
    auto& row = data.rows.emplace_back((width * c.stride + 2) * c.in_channels + static_cast<int>(kRowSlack));
    for (auto& byte : row) byte = static_cast<std::uint8_t>(between(0, 255));
  }
  for (int i = 0; i < window * c.out_channels; ++i) {
    data.layer.weights.push_back(static_cast<std::int8_t>(between(-127, 127)));
  }
  for (int i = 0; i < c.out_channels; ++i) {
    data.layer.scale.push_back(static_cast<float>(between(10, 40)) / static_cast<float>(window * 400));
    data.layer.offset.push_back(static_cast<float>(between(-40, 160)));
    if (c.sloped) {
      data.layer.slope.push_back(static_cast<float>(between(-30, 130)) / 100);
      data.layer.zero.push_back(static_cast<float>(between(0, 200)));
    }
    if (!c.coarse) continue;
    data.layer.coarse_scale.push_back(static_cast<float>(between(1, 200)) / 200);
    data.layer.coarse_zero.push_back(c.sloped ? static_cast<float>(between(0, 60)) : 0.F);
  }
  data.coarse.resize(static_cast<std::size_t>((width + 1) / 2 * c.out_channels));
  for (auto& byte : data.coarse) byte = static_cast<std::uint8_t>(between(0, 255));
  return data;
}

struct Output {
  std::vector<std::uint8_t> bytes;
  std::vector<float> floats;
  bool operator==(const Output&) const = default;
};

// `spare` channels of each output pixel belong to other layers and must stay as they are.
Output run(const Case& c, const Data& data, const Kernels& kernels, int spare = 0) {
  const LayerSpec spec = spec_of(c);
  const QuantizedLayer packed = pack(spec, data.layer, kernels);
  const int step = c.out_channels + spare;
  Output output;
  output.bytes.assign(static_cast<std::size_t>(data.width * step), 77);
  output.floats.assign(static_cast<std::size_t>(data.width * step), 77.F);
  if (c.depthwise) {
    DepthwiseRow row{};
    for (std::size_t r = 0; r < 3; ++r) row.rows[r] = data.rows[r].data();
    row.stride = c.stride;
    row.width = data.width;
    row.channels = c.out_channels;
    row.weights = packed.weights.data();
    row.scale = packed.scale.data();
    row.offset = packed.offset.data();
    row.slope = c.sloped ? packed.slope.data() : nullptr;
    row.zero = c.sloped ? packed.zero.data() : nullptr;
    row.out = output.bytes.data();
    kernels.depthwise(row);
    return output;
  }
  ConvRow row{};
  for (std::size_t r = 0; r < data.rows.size(); ++r) row.rows[r] = data.rows[r].data();
  row.row_count = c.kernel;
  row.steps = window_steps(spec);
  row.pixel_step = static_cast<std::size_t>(c.stride * c.in_channels);
  row.width = data.width;
  row.channels = c.out_channels;
  row.weights = packed.weights.data();
  row.scale = packed.scale.data();
  row.offset = packed.offset.data();
  row.slope = c.sloped ? packed.slope.data() : nullptr;
  row.zero = c.sloped ? packed.zero.data() : nullptr;
  row.out_step = static_cast<std::size_t>(step);
  if (c.head) {
    row.out_float = output.floats.data();
  } else {
    row.out = output.bytes.data();
  }
  if (c.coarse) {
    row.coarse = data.coarse.data();
    row.coarse_scale = packed.coarse_scale.data();
  }
  kernels.conv(row);
  return output;
}

double sum_at(const Case& c, const Data& data, int x, int channel) {
  double sum = 0;
  std::size_t weight = static_cast<std::size_t>(channel) *
                       (data.layer.weights.size() / static_cast<std::size_t>(c.out_channels));
  for (int ky = 0; ky < c.kernel; ++ky) {
    for (int kx = 0; kx < c.kernel; ++kx) {
      for (int i = c.depthwise ? channel : 0; i < (c.depthwise ? channel + 1 : c.in_channels); ++i) {
        const int at = (x * c.stride + kx) * c.in_channels + i;
        sum += data.rows[static_cast<std::size_t>(ky)][static_cast<std::size_t>(at)] *
               data.layer.weights[weight++];
      }
    }
  }
  return sum;
}

Output by_definition(const Case& c, const Data& data) {
  Output output;
  output.bytes.assign(static_cast<std::size_t>(data.width * c.out_channels), 77);
  output.floats.assign(output.bytes.size(), 77.F);
  for (int x = 0; x < data.width; ++x) {
    for (int channel = 0; channel < c.out_channels; ++channel) {
      const auto of = static_cast<std::size_t>(channel);
      const auto at = static_cast<std::size_t>(x * c.out_channels + channel);
      double value = sum_at(c, data, x, channel) * data.layer.scale[of] + data.layer.offset[of];
      if (c.head) {
        output.floats[at] = static_cast<float>(value);
        continue;
      }
      if (c.sloped) {
        value = std::max(value, 0.0) + data.layer.slope[of] * std::min(value, 0.0) + data.layer.zero[of];
      } else {
        value = std::max(value, 0.0);
      }
      if (c.coarse) {
        const double coarse = data.coarse[static_cast<std::size_t>(x / 2 * c.out_channels + channel)];
        value += (coarse - data.layer.coarse_zero[of]) * data.layer.coarse_scale[of];
      }
      output.bytes[at] = static_cast<std::uint8_t>(std::clamp(std::nearbyint(value), 0.0, 255.0));
    }
  }
  return output;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"picture", 3, 16, 3, 2},
      {"point_16_to_32", 16, 32, 1, 1},
      {"point_32_to_64", 32, 64, 1, 1},
      {"point_128_to_256", 128, 256, 1, 1},
      {"window_64_to_64", 64, 64, 3, 1},
      {"window_64_to_32", 64, 32, 3, 1},
      {"window_16_to_16", 16, 16, 3, 1},
      {"window_16_to_48", 16, 48, 3, 1},
      {"lateral", 128, 64, 1, 1, false, false, true},
      {"narrow_lateral", 32, 16, 1, 1, false, false, true},
      {"sloped_lateral", 128, 64, 1, 1, false, false, true, true},
      {"narrow_sloped_lateral", 32, 16, 1, 1, false, false, true, true},
      {"head", 64, 32, 1, 1, false, true},
      {"depthwise_32", 32, 32, 3, 1, true},
      {"depthwise_32_stride_2", 32, 32, 3, 2, true},
      {"depthwise_64", 64, 64, 3, 1, true},
      {"depthwise_96", 96, 96, 3, 1, true},
      {"depthwise_128_stride_2", 128, 128, 3, 2, true},
      {"sloped_picture", 3, 32, 3, 1, false, false, false, true},
      {"sloped_point", 64, 128, 1, 1, false, false, false, true},
      {"sloped_depthwise_32", 32, 32, 3, 1, true, false, false, true},
      {"sloped_depthwise_64_stride_2", 64, 64, 3, 2, true, false, false, true},
  };
  return all;
}

TEST(Int8Kernels, PlainOnesComputeTheConvolution) {
  for (const Case& c : cases()) {
    const Data data = random_data(c, 9, 1);
    const Output expected = by_definition(c, data);
    const Output got = run(c, data, portable_kernels());
    for (std::size_t i = 0; i < expected.bytes.size(); ++i) {
      // A value halfway between two bytes may go either way in floats.
      EXPECT_NEAR(expected.bytes[i], got.bytes[i], 1) << c.name;
      EXPECT_NEAR(expected.floats[i], got.floats[i], 1e-3) << c.name;
    }
  }
}

// All widths, so that every tile is used and followed by every remainder.
TEST(Int8Kernels, VectorsGiveTheSameBytesAsPlainOnes) {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Case& c : cases()) {
      for (int width = 1; width <= 27; ++width) {
        const Data data = random_data(c, width, static_cast<unsigned int>(width));
        EXPECT_EQ(run(c, data, portable_kernels()), run(c, data, *kernels))
            << kernels->name << ' ' << c.name << ' ' << width;
      }
    }
  }
}

TEST(Int8Kernels, LeaveTheChannelsOfOtherLayersAlone) {
  constexpr int kSpare = 48;
  std::vector<const Kernels*> all = usable_kernels();
  all.push_back(&portable_kernels());
  const Case c{"beside_others", 16, 16, 3, 1};
  const Data data = random_data(c, 13, 3);
  const Output alone = run(c, data, portable_kernels());
  for (const Kernels* kernels : all) {
    const Output beside = run(c, data, *kernels, kSpare);
    for (int x = 0; x < data.width; ++x) {
      for (int channel = 0; channel < c.out_channels + kSpare; ++channel) {
        const int got = beside.bytes[static_cast<std::size_t>(x * (c.out_channels + kSpare) + channel)];
        const int wanted = channel < c.out_channels
                               ? alone.bytes[static_cast<std::size_t>(x * c.out_channels + channel)]
                               : 77;
        ASSERT_EQ(got, wanted) << kernels->name;
      }
    }
  }
}

// The largest sums there can be: nothing may saturate on the way.
TEST(Int8Kernels, ExtremesAreExact) {
  for (const Kernels* kernels : usable_kernels()) {
    for (const Case& c : cases()) {
      Data data = random_data(c, 5, 4);
      for (auto& row : data.rows) std::fill(row.begin(), row.end(), std::uint8_t{255});
      for (std::size_t i = 0; i < data.layer.weights.size(); ++i)
        data.layer.weights[i] = i % 3 == 0 ? 127 : -127;
      EXPECT_EQ(run(c, data, portable_kernels()), run(c, data, *kernels)) << kernels->name << ' ' << c.name;
      std::fill(data.layer.weights.begin(), data.layer.weights.end(), std::int8_t{127});
      EXPECT_EQ(run(c, data, portable_kernels()), run(c, data, *kernels)) << kernels->name << ' ' << c.name;
    }
  }
}

TEST(Int8Kernels, TheBestAreUsable) {
  const auto usable = usable_kernels();
  EXPECT_EQ(best_kernels(), usable.empty() ? nullptr : usable.front());
  // What scripts/verify.d/15-arm64 says of the processor that it makes believe.
  const char* const wanted = std::getenv("FACE_PRIVACY_TEST_KERNELS");
  if (wanted == nullptr) return;
  std::string names;
  for (const Kernels* kernels : usable) names += std::string(names.empty() ? "" : " ") + kernels->name;
  EXPECT_EQ(names, wanted);
}

}  // namespace
}  // namespace face_privacy::int8
