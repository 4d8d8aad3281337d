#pragma once

#include <cstddef>
#include <cstdint>

namespace face_privacy {

// What a photo may cost. Checked from its header, before memory is taken for pixels.
struct Limits {
  std::size_t max_bytes = std::size_t{256} << 20;  // of the file
  std::uint64_t max_pixels = 256'000'000;          // all frames together
  int max_side = 65'500;                           // px; also what JPEG can hold
  int max_frames = 300;                            // of an animation
  int max_tiles = 4096;                            // of a HEIC's or AVIF's grid
};

}  // namespace face_privacy
