// A table of activation ranges is refused, or its ranges are numbers that can be divided by.
#include <cmath>
#include <cstdint>
#include <string_view>

#include "nn/int8/ranges.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace face_privacy::int8;
  const auto ranges = parse_ranges({reinterpret_cast<const char*>(data), size});
  if (!ranges) return 0;
  for (const auto& [name, values] : ranges->largest) {
    for (const float value : values) {
      if (!std::isfinite(value) || value <= 0) __builtin_trap();
    }
  }
  return 0;
}
