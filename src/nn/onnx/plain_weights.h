// Weights of a model file as the engines want them.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// The same network with weights that are floats and nothing but weights: those that the file keeps as
// 8-bit blocks become what they stand for, and none is listed as an input. kModel for what is no ONNX
// file, or holds blocks that contradict their sizes.
Result<std::string> with_plain_weights(ByteView onnx_file);

// Whether a network begins with a subtraction and a multiplication of its own, so that it takes bytes as
// they are. kModel for what is no ONNX file.
Result<bool> normalizes_its_input(ByteView onnx_file);

}  // namespace face_privacy
