// Changes to a model file before it is run.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// A model file's own key-value pairs.
using ModelProperties = std::map<std::string, std::string, std::less<>>;

struct FreedModel {
  std::string bytes;         // of an ONNX file
  ModelProperties metadata;  // the file's own key-value pairs
};

// Declared input and output sizes are what the exporter happened to trace; a fully convolutional
// network runs at any. Returns the model with height and width left open. kModel for what is no ONNX
// file, has not one picture as input, or keeps its weights in other files.
Result<FreedModel> free_input_size(ByteView onnx_file);

}  // namespace face_privacy
