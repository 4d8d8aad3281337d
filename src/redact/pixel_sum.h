#pragma once

#include <array>
#include <cstdint>

namespace face_privacy {

// The sum of many pixels, channel by channel (alpha too), exactly.
struct PixelSum {
  std::array<std::uint64_t, 5> channels{};
  std::uint64_t count = 0;

  template <class Sample>
  void add(const Sample* pixels, int pixel_count, int channel_count);
  PixelSum& operator+=(const PixelSum& other);
};

}  // namespace face_privacy
