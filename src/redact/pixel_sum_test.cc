#include "redact/pixel_sum.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace face_privacy {
namespace {

template <class Sample>
class PixelSums : public testing::Test {};
using Samples = testing::Types<std::uint8_t, std::uint16_t>;
TYPED_TEST_SUITE(PixelSums, Samples);

TYPED_TEST(PixelSums, AddEachChannelByItself) {
  std::mt19937 random(6);
  for (int channels = 1; channels <= 5; ++channels) {
    // Around the lengths of vectors and of the lanes that have to be emptied in time.
    for (const int pixels : {0, 1, 7, 8, 15, 16, 17, 33, 255, 257, 5000}) {
      SCOPED_TRACE(std::to_string(channels) + " channels, " + std::to_string(pixels) + " pixels");
      std::vector<TypeParam> samples(static_cast<std::size_t>(channels) * static_cast<std::size_t>(pixels));
      std::array<std::uint64_t, 5> expected{};
      for (std::size_t i = 0; i < samples.size(); ++i) {
        const bool is_largest = random() % 2 == 0;
        samples[i] = static_cast<TypeParam>(is_largest ? ~0U : random());
        expected[i % static_cast<std::size_t>(channels)] += samples[i];
      }
      PixelSum sum;
      sum.add(samples.data(), pixels, channels);
      EXPECT_EQ(sum.channels, expected);
      EXPECT_EQ(sum.count, static_cast<std::uint64_t>(pixels));
    }
  }
}

}  // namespace
}  // namespace face_privacy
