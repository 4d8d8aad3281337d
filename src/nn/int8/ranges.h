// What quantization needs to know beside the weights: how large the values of each channel get, and
// for the first layers how their inputs go together. Such a table belongs to one model file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace face_privacy::int8 {

struct Ranges {
  std::string model_sha256;
  // For each tensor (TensorSpec::name), for each channel, the value that the largest byte stands for.
  std::map<std::string, std::vector<float>> largest;
  // Likewise, the mean value; may be missing.
  std::map<std::string, std::vector<float>> mean;
  // For some convolutions, the mean products of the inputs of a window, in the order [row][column][in]:
  // the upper triangle, row by row. For a depthwise one a triangle for each channel.
  std::map<std::string, std::vector<float>> moments;
  // As `largest`, the value that byte 0 stands for, at most 0; missing: 0.
  std::map<std::string, std::vector<float>> smallest = {};
  // For some tensors a gate (LayerSpec::gate): weights of 3x3 pixels, in the order [row][column][channel],
  // and what is added to the sum of values times weights. Cells with more than 0 are open.
  std::map<std::string, std::vector<float>> gates = {};
};

// Lines of text: '#' comments, "model SHA256", "range TENSOR VALUE ...", "low TENSOR VALUE ...", "mean TENSOR
// VALUE ...", "moments CONVOLUTION VALUE ...", "gate TENSOR VALUE ...". kModel for anything else.
Result<Ranges> parse_ranges(std::string_view text);
std::string to_text(const Ranges& ranges);

}  // namespace face_privacy::int8
