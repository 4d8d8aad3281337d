#include "nn/onnx/plain_weights.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace face_privacy {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX files keep raw tensors in this order");

constexpr std::int64_t kMostValues = std::int64_t{1} << 28;

using Tensors = std::map<std::string, onnx::TensorProto, std::less<>>;

tl::unexpected<Error> contradiction() {
  return fail(ErrorCode::kModel, "quantized weights of the model contradict their sizes");
}

Result<onnx::ModelProto> parse(ByteView onnx_file) {
  const google::protobuf::LogSilencer quiet;
  onnx::ModelProto model;
  if (onnx_file.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(onnx_file.data(), static_cast<int>(onnx_file.size())) || !model.has_graph()) {
    return fail(ErrorCode::kModel, "the model is not an ONNX file, or a damaged one");
  }
  return model;
}

std::optional<std::int64_t> value_count(const onnx::TensorProto& tensor) {
  std::int64_t count = 1;
  for (const std::int64_t dim : tensor.dims()) {
    if (dim < 1 || dim > kMostValues / count) return std::nullopt;
    count *= dim;
  }
  return count;
}

// Values of a tensor that keeps them as raw bytes of `T`, or in the list for floats.
template <class T>
std::optional<std::vector<T>> values_of(const onnx::TensorProto& tensor) {
  const auto count = value_count(tensor);
  if (!count) return std::nullopt;
  std::vector<T> values(static_cast<std::size_t>(*count));
  if (tensor.raw_data().size() == values.size() * sizeof(T)) {
    std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
    return values;
  }
  const auto copy = [&](const auto& list) {
    if (list.size() != *count) return false;
    std::transform(list.begin(), list.end(), values.begin(),
                   [](auto value) { return static_cast<T>(value); });
    return true;
  };
  const bool found = std::is_same_v<T, float> ? copy(tensor.float_data()) : copy(tensor.int32_data());
  return found ? std::optional(std::move(values)) : std::nullopt;
}

std::int64_t int_attribute(const onnx::NodeProto& node, std::string_view name, std::int64_t otherwise) {
  for (const auto& one : node.attribute()) {
    if (one.name() == name) return one.i();
  }
  return otherwise;
}

// Where the scale of a value is: along one axis there is one for each block, along the others one for each.
struct Blocks {
  std::int64_t along = 1;   // values along the axis
  std::int64_t inside = 1;  // values of one step along it
  std::int64_t size = 1;    // of a block
  std::int64_t count = 1;   // of blocks along the axis

  std::size_t scale_of(std::int64_t value) const {
    const std::int64_t outer = value / (along * inside);
    const std::int64_t block = value / inside % along / size;
    return static_cast<std::size_t>((outer * count + block) * inside + value % inside);
  }
};

std::optional<Blocks> blocks_of(const onnx::NodeProto& node, const onnx::TensorProto& quantized,
                                const onnx::TensorProto& scale) {
  const auto axis = static_cast<int>(int_attribute(node, "axis", 1));
  const std::int64_t size = int_attribute(node, "block_size", 0);
  if (axis < 0 || axis >= quantized.dims_size() || size < 1 || scale.dims_size() != quantized.dims_size()) {
    return std::nullopt;
  }
  Blocks blocks{quantized.dims(axis), 1, size, (quantized.dims(axis) + size - 1) / size};
  for (int i = 0; i < quantized.dims_size(); ++i) {
    if (i > axis) blocks.inside *= quantized.dims(i);
    if (scale.dims(i) != (i == axis ? blocks.count : quantized.dims(i))) return std::nullopt;
  }
  return blocks;
}

std::optional<onnx::TensorProto> dequantized(const onnx::NodeProto& node, const Tensors& tensors) {
  const auto tensor_at = [&](int input) { return tensors.find(node.input(input)); };
  const auto quantized = tensor_at(0);
  const auto scale = tensor_at(1);
  const auto zero = node.input_size() > 2 ? tensor_at(2) : tensors.end();
  if (quantized == tensors.end() || scale == tensors.end() || zero == tensors.end()) return std::nullopt;
  if (quantized->second.data_type() != onnx::TensorProto::INT8) return std::nullopt;
  const auto values = values_of<std::int8_t>(quantized->second);
  const auto scales = values_of<float>(scale->second);
  const auto zeros = values_of<std::int8_t>(zero->second);
  const auto blocks = blocks_of(node, quantized->second, scale->second);
  if (!values || !scales || !zeros || !blocks || zeros->size() != scales->size()) return std::nullopt;
  std::vector<float> floats(values->size());
  for (std::size_t i = 0; i < floats.size(); ++i) {
    const std::size_t at = blocks->scale_of(static_cast<std::int64_t>(i));
    floats[i] = static_cast<float>((*values)[i] - (*zeros)[at]) * (*scales)[at];
  }
  onnx::TensorProto plain;
  plain.set_name(node.output(0));
  plain.set_data_type(onnx::TensorProto::FLOAT);
  *plain.mutable_dims() = quantized->second.dims();
  plain.set_raw_data(floats.data(), floats.size() * sizeof(float));
  return plain;
}

// Of weights, to a shape that is itself a weight.
std::optional<onnx::TensorProto> reshaped(const onnx::NodeProto& node, const Tensors& tensors) {
  const auto shape = tensors.find(node.input(1));
  if (shape == tensors.end()) return std::nullopt;
  const auto dims = values_of<std::int64_t>(shape->second);
  onnx::TensorProto plain = tensors.find(node.input(0))->second;
  const auto before = value_count(plain);
  if (!dims) return std::nullopt;
  plain.set_name(node.output(0));
  plain.clear_dims();
  for (const std::int64_t dim : *dims) plain.add_dims(dim);
  return value_count(plain) == before ? std::optional(std::move(plain)) : std::nullopt;
}

}  // namespace

Result<std::string> with_plain_weights(ByteView onnx_file) {
  auto model = parse(onnx_file);
  if (!model) return fail(model);
  onnx::GraphProto& graph = *model->mutable_graph();
  Tensors tensors;
  for (auto& tensor : *graph.mutable_initializer()) tensors[tensor.name()] = std::move(tensor);
  google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes;
  for (auto& node : *graph.mutable_node()) {
    const bool of_weights =
        node.input_size() > 1 && node.output_size() == 1 && tensors.contains(node.input(0));
    const bool unpacks = of_weights && node.op_type() == "DequantizeLinear";
    if (!unpacks && !(of_weights && node.op_type() == "Reshape")) {
      *nodes.Add() = std::move(node);
      continue;
    }
    auto plain = unpacks ? dequantized(node, tensors) : reshaped(node, tensors);
    if (!plain) return contradiction();
    tensors[node.output(0)] = std::move(*plain);
    tensors.erase(node.input(0));
  }
  *graph.mutable_node() = std::move(nodes);
  graph.clear_initializer();
  auto& inputs = *graph.mutable_input();
  const auto is_weight = [&](const auto& input) { return tensors.contains(input.name()); };
  inputs.erase(std::remove_if(inputs.begin(), inputs.end(), is_weight), inputs.end());
  for (auto& [name, tensor] : tensors) *graph.add_initializer() = std::move(tensor);
  std::string bytes;
  if (!model->SerializeToString(&bytes)) {
    return fail(ErrorCode::kModel, "the model is larger than an ONNX file can be (2 GiB)");
  }
  return bytes;
}

Result<bool> normalizes_its_input(ByteView onnx_file) {
  const auto model = parse(onnx_file);
  if (!model) return fail(model);
  constexpr int kFirstNodes = 8;  // what comes later is the network's own arithmetic
  bool subtracts = false;
  bool multiplies = false;
  int seen = 0;
  for (const auto& node : model->graph().node()) {
    if (node.op_type() == "DequantizeLinear" || node.op_type() == "Reshape" || node.op_type() == "Constant")
      continue;
    if (++seen > kFirstNodes) break;
    subtracts = subtracts || node.op_type() == "Sub";
    multiplies = multiplies || node.op_type() == "Mul" || node.op_type() == "Div";
  }
  return subtracts && multiplies;
}

}  // namespace face_privacy
