// The 8 x 8 DCT and its inverse (ITU-T T.81, A.3.3) in floating point: samples are within one step of
// libjpeg's, and blocks come back from their samples as they were.
#pragma once

#include <cstddef>
#include <cstdint>

#include "codec/jpeg/in_place/quantizer.h"
#include "codec/jpeg/scan/block.h"

namespace face_privacy::jpeg {

// 8 rows of 8 samples, `stride_bytes` from one to the next. What is read is a block column by column, which
// saves a transposition; what is made is one row by row.
void samples_from_block(const Block& block, const Quantizer& quantizer, std::uint8_t* samples,
                        std::size_t stride_bytes);
void block_from_samples(const std::uint8_t* samples, std::size_t stride_bytes, const Quantizer& quantizer,
                        Block& block);

}  // namespace face_privacy::jpeg
