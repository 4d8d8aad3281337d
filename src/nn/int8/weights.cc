#include "nn/int8/weights.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#define ONNX_ML 1
#define ONNX_NAMESPACE onnx
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

namespace face_privacy::int8 {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX files keep raw tensors in this order");

using Tensors = std::map<std::string, const onnx::TensorProto*>;

std::optional<std::vector<float>> floats_of(const Tensors& tensors, const std::string& name,
                                            std::size_t count) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return std::nullopt;
  const onnx::TensorProto& tensor = *found->second;
  if (tensor.data_type() != onnx::TensorProto::FLOAT) return std::nullopt;
  if (tensor.has_raw_data()) {
    if (tensor.raw_data().size() != count * sizeof(float)) return std::nullopt;
    std::vector<float> values(count);
    std::memcpy(values.data(), tensor.raw_data().data(), count * sizeof(float));
    return values;
  }
  if (static_cast<std::size_t>(tensor.float_data_size()) != count) return std::nullopt;
  return std::vector<float>(tensor.float_data().begin(), tensor.float_data().end());
}

// A missing attribute has the value that ONNX gives it.
bool all_equal(const onnx::NodeProto& node, std::string_view attribute, std::int64_t value) {
  for (const auto& one : node.attribute()) {
    if (one.name() != attribute) continue;
    for (const std::int64_t given : one.ints()) {
      if (given != value) return false;
    }
  }
  return true;
}

float float_attribute(const onnx::NodeProto& node, std::string_view attribute, float otherwise) {
  for (const auto& one : node.attribute()) {
    if (one.name() == attribute) return one.f();
  }
  return otherwise;
}

std::optional<Convolution> read_convolution(const onnx::NodeProto& node, const Tensors& tensors) {
  if (node.input_size() < 2 || !all_equal(node, "dilations", 1)) return std::nullopt;
  const auto weights = tensors.find(node.input(1));
  if (weights == tensors.end() || weights->second->dims_size() != 4) return std::nullopt;
  const auto& dims = weights->second->dims();
  constexpr std::int64_t kMostChannels = 4096;
  for (const std::int64_t dim : dims) {
    if (dim < 1 || dim > kMostChannels) return std::nullopt;
  }
  if (dims[2] != dims[3] || dims[2] > 7) return std::nullopt;
  Convolution conv{static_cast<int>(dims[0]), static_cast<int>(dims[1]), static_cast<int>(dims[2]), {}, {}};
  const auto count = static_cast<std::size_t>(dims[0] * dims[1] * dims[2] * dims[3]);
  auto values = floats_of(tensors, node.input(1), count);
  if (!values) return std::nullopt;
  conv.weights = std::move(*values);
  conv.bias.assign(static_cast<std::size_t>(dims[0]), 0.F);
  if (node.input_size() > 2 && !node.input(2).empty()) {
    auto bias = floats_of(tensors, node.input(2), conv.bias.size());
    if (!bias) return std::nullopt;
    conv.bias = std::move(*bias);
  }
  return conv;
}

bool fold(const onnx::NodeProto& normalization, const Tensors& tensors, Convolution& conv) {
  if (normalization.input_size() != 5) return false;
  const std::size_t channels = conv.bias.size();
  const auto gamma = floats_of(tensors, normalization.input(1), channels);
  const auto beta = floats_of(tensors, normalization.input(2), channels);
  const auto mean = floats_of(tensors, normalization.input(3), channels);
  const auto variance = floats_of(tensors, normalization.input(4), channels);
  if (!gamma || !beta || !mean || !variance) return false;
  const float epsilon = float_attribute(normalization, "epsilon", 1e-5F);
  const std::size_t per_channel = conv.weights.size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    const float factor = (*gamma)[c] / std::sqrt((*variance)[c] + epsilon);
    for (std::size_t i = 0; i < per_channel; ++i) conv.weights[c * per_channel + i] *= factor;
    conv.bias[c] = (conv.bias[c] - (*mean)[c]) * factor + (*beta)[c];
  }
  return true;
}

Result<onnx::ModelProto> parse_model(ByteView onnx_file) {
  const google::protobuf::LogSilencer quiet;
  onnx::ModelProto model;
  if (onnx_file.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) ||
      !model.ParseFromArray(onnx_file.data(), static_cast<int>(onnx_file.size()))) {
    return fail(ErrorCode::kModel, "the model is not an ONNX file, or a damaged one");
  }
  return model;
}

// Nothing for sizes that no network has.
std::optional<std::size_t> value_count(const onnx::TensorProto& tensor) {
  constexpr std::int64_t kMost = std::int64_t{1} << 28;
  std::int64_t count = 1;
  for (const std::int64_t dim : tensor.dims()) {
    if (dim < 1 || dim > kMost / count) return std::nullopt;
    count *= dim;
  }
  return static_cast<std::size_t>(count);
}

}  // namespace

Result<FloatTensors> read_float_tensors(ByteView onnx_file) {
  const auto model = parse_model(onnx_file);
  if (!model) return fail(model);
  Tensors tensors;
  for (const auto& tensor : model->graph().initializer()) tensors[tensor.name()] = &tensor;
  FloatTensors floats;
  for (const auto& [name, tensor] : tensors) {
    const auto count = value_count(*tensor);
    auto values = count ? floats_of(tensors, name, *count) : std::nullopt;
    if (values) floats.emplace(name, std::move(*values));
  }
  return floats;
}

Result<std::map<std::string, Convolution>> read_convolutions(ByteView onnx_file) {
  const auto parsed = parse_model(onnx_file);
  if (!parsed) return fail(parsed);
  const onnx::ModelProto& model = *parsed;
  Tensors tensors;
  for (const auto& tensor : model.graph().initializer()) tensors[tensor.name()] = &tensor;
  std::map<std::string, Convolution> convolutions;
  std::map<std::string, std::string> made_by;  // value -> convolution
  for (const auto& node : model.graph().node()) {
    if (node.op_type() == "Conv" && node.output_size() == 1) {
      if (auto conv = read_convolution(node, tensors)) {
        convolutions[node.name()] = std::move(*conv);
        made_by[node.output(0)] = node.name();
      }
    } else if (node.op_type() == "BatchNormalization" && node.input_size() > 0) {
      const auto maker = made_by.find(node.input(0));
      if (maker != made_by.end() && !fold(node, tensors, convolutions[maker->second])) {
        return fail(ErrorCode::kModel, "a batch normalization of the model does not fit its convolution");
      }
    }
  }
  return convolutions;
}

}  // namespace face_privacy::int8
