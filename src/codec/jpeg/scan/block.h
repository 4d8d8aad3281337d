#pragma once

#include <cstdint>

namespace face_privacy::jpeg {

// 64 quantized coefficients, row by row.
using Block = std::int16_t[64];

}  // namespace face_privacy::jpeg
