// The convolutions of an ONNX file, with the batch normalization behind each folded in.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy::int8 {

struct Convolution {
  int out_channels = 0;
  int in_channels = 0;         // of a group: 1 where each channel is convolved with itself
  int kernel = 0;              // square
  std::vector<float> weights;  // [out][in][row][column]
  std::vector<float> bias;     // [out]
};

// Weights of a model file by their name, flat.
using FloatTensors = std::map<std::string, std::vector<float>, std::less<>>;
Result<FloatTensors> read_float_tensors(ByteView onnx_file);

// By the name of the convolution node. Convolutions of other kinds than square, undilated ones are
// left out. kModel for what is no ONNX file or contradicts itself.
Result<std::map<std::string, Convolution>> read_convolutions(ByteView onnx_file);

}  // namespace face_privacy::int8
