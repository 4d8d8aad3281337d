// The 8 x 8 DCT and its inverse (ITU-T T.81, A.3.3) in floating point: samples are within one step of
// libjpeg's, and blocks come back from their samples as they were.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "codec/jpeg/scan/block.h"
#include "codec/jpeg/scan/frame_header.h"

namespace face_privacy::jpeg {

// The steps of a quantizer and their inverses, row by row.
struct Quantizer {
  explicit Quantizer(const QuantTable& table);

  std::array<float, 64> step{};
  std::array<float, 64> per_step{};
};

// 8 rows of 8 samples, `stride_bytes` from one to the next.
void samples_from_block(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                        std::size_t stride_bytes);
void block_from_samples(const std::uint8_t* samples, std::size_t stride_bytes, const Quantizer& quantizer,
                        Block& block);

}  // namespace face_privacy::jpeg
