// The network before quantization: its weights, and what it computes at full precision. For tables of
// ranges and for tests; ONNX Runtime is many times faster.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "nn/int8/graph.h"
#include "nn/int8/weights.h"

namespace face_privacy::int8 {

struct RealLayer {
  std::vector<float> weights;      // [out][row][column][in]; depthwise without [in]
  std::vector<float> bias;         // [out]
  std::vector<float> slopes = {};  // [out] where LayerSpec::is_sloped, else empty
};

// In the order of spec.layers, with heads as graph.h says. kModel where the model has another
// shape. `floats` has what LayerSpec::slopes name.
Result<std::vector<RealLayer>> real_layers(const NetworkSpec& spec,
                                           const std::map<std::string, Convolution>& convolutions,
                                           const FloatTensors& floats = {});

struct RealTensor {
  Size size;
  int channels = 0;
  std::vector<float> values;  // [row][column][channel]
};

struct RealRun {
  std::vector<RealTensor> tensors;  // in the order of spec.tensors
  std::vector<RealTensor> heads;    // in the order of the heads among spec.layers
};

// `rgb` is kRgb8 with sides that are multiples of 32. Plain loops in a fixed order, so that every
// machine with IEEE floats gives the same numbers.
RealRun run_real(const NetworkSpec& spec, const std::vector<RealLayer>& layers, const ImageView& rgb);

}  // namespace face_privacy::int8
