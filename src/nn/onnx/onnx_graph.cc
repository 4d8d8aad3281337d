#include "nn/onnx/onnx_graph.h"

#include <algorithm>
#include <limits>
#include <set>

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace face_privacy {
namespace {

// A tensor without a fixed number of channels or with another number than 3 is no RGB picture.
bool is_picture(const onnx::ValueInfoProto& input) {
  if (!input.type().has_tensor_type()) return false;
  const auto& tensor = input.type().tensor_type();
  return tensor.elem_type() == onnx::TensorProto::FLOAT && tensor.shape().dim_size() == 4 &&
         tensor.shape().dim(1).dim_value() == 3;
}

void leave_size_open(onnx::ValueInfoProto& input) {
  auto& shape = *input.mutable_type()->mutable_tensor_type()->mutable_shape();
  shape.mutable_dim(0)->set_dim_value(1);
  shape.mutable_dim(2)->set_dim_param("height");
  shape.mutable_dim(3)->set_dim_param("width");
}

}  // namespace

Result<FreedModel> free_input_size(ByteView onnx_file) {
  const google::protobuf::LogSilencer quiet;  // a broken file is an Error, nothing for stderr
  if (onnx_file.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return fail(ErrorCode::kModel, "the model file is larger than an ONNX file can be (2 GiB)");
  }
  onnx::ModelProto model;
  if (!model.ParseFromArray(onnx_file.data(), static_cast<int>(onnx_file.size())) || !model.has_graph()) {
    return fail(ErrorCode::kModel, "the model is not an ONNX file, or a damaged one");
  }
  onnx::GraphProto& graph = *model.mutable_graph();

  std::set<std::string> weights;
  for (const auto& tensor : graph.initializer()) {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
      return fail(ErrorCode::kModel, "the model keeps its weights in other files; one file is needed");
    }
    weights.insert(tensor.name());
  }

  int pictures = 0;
  for (auto& input : *graph.mutable_input()) {
    if (weights.contains(input.name())) continue;  // old exporters list weights as inputs
    if (!is_picture(input)) {
      return fail(ErrorCode::kModel, "the model does not take one float picture of 1 x 3 x height x width");
    }
    leave_size_open(input);
    ++pictures;
  }
  if (pictures != 1) {
    return fail(ErrorCode::kModel, "the model does not take one float picture of 1 x 3 x height x width");
  }
  for (auto& output : *graph.mutable_output()) {
    if (output.type().has_tensor_type()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  }
  graph.clear_value_info();

  FreedModel result;
  for (const auto& entry : model.metadata_props()) result.metadata[entry.key()] = entry.value();
  if (!model.SerializeToString(&result.bytes)) {
    return fail(ErrorCode::kModel, "the model is not an ONNX file, or a damaged one");
  }
  return result;
}

}  // namespace face_privacy
