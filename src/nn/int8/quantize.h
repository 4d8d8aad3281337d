// From a model's convolutions and the ranges of its activations to 8-bit layers.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "nn/int8/graph.h"
#include "nn/int8/ranges.h"
#include "nn/int8/weights.h"

namespace face_privacy::int8 {

// An output is sum(weight * input byte) * scale + offset; bytes and floats alike.
struct QuantizedLayer {
  std::vector<std::int8_t> weights;     // [out][row][column][in]; depthwise without [in]
  std::vector<float> scale;             // [out]
  std::vector<float> offset;            // [out]
  std::vector<float> coarse_scale;      // [out] for LayerSpec::coarse, else empty
  std::vector<float> slope = {};        // [out] where LayerSpec::is_sloped, else empty
  std::vector<float> zero = {};         // likewise: the byte that stands for 0
  std::vector<float> coarse_zero = {};  // as coarse_scale: the coarse tensor's byte for 0
  // [row][column][channel] of 3x3 pixels of the tensor LayerSpec::gate, else empty. A cell is open where
  // sum(weight * byte) + gate_offset[0] is more than 0; all are with weights of 0.
  std::vector<std::int16_t> gate = {};
  std::vector<std::int32_t> gate_offset = {};
};

// In the order of spec.layers. kModel where the model has another shape, or ranges are missing. `floats` has
// what LayerSpec::slopes name.
Result<std::vector<QuantizedLayer>> quantize(const NetworkSpec& spec,
                                             const std::map<std::string, Convolution>& convolutions,
                                             const Ranges& ranges, const FloatTensors& floats = {});

}  // namespace face_privacy::int8
