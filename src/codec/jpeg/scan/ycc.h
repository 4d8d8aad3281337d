// JFIF's luma and chromas as pixels.
#pragma once

#include <cstdint>

namespace face_privacy::jpeg {

// Samples of one row, as many of each as there are pixels.
struct YccRow {
  const std::uint8_t* luma;
  const std::uint8_t* cb;
  const std::uint8_t* cr;
};

// `count` pixels of three bytes. Every processor makes the same ones.
void ycc_to_rgb(const YccRow& row, std::uint8_t* rgb, int count);

}  // namespace face_privacy::jpeg
