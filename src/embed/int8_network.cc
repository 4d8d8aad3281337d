#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "embed/network.h"
#include "embed/sface_graph.h"
#include "nn/int8/kernels/choice.h"
#include "nn/int8/pack.h"
#include "nn/int8/quantize.h"
#include "nn/int8/ranges.h"
#include "nn/int8/row_executor.h"
#include "nn/onnx/plain_weights.h"

namespace face_privacy {
namespace {

using int8::kSfaceCells;
using int8::kSfaceChannels;
using int8::kSfaceOutputs;

// The dense layer as one convolution for each cell, with weights of 8 bits: as floats they are 26 MB, which
// each face would wait for. What goes in becomes bytes cell by cell, as large as its largest value.
class Tail {
 public:
  Tail(const int8::SfaceTail& real, const int8::Kernels& kernels)
      : kernels_(kernels), slopes_(real.slopes), bias_(real.bias) {
    for (std::size_t cell = 0; cell < kSfaceCells; ++cell)
      cells_.push_back(pack(spec(), rounded(real, cell), kernels));
  }

  std::vector<float> run(std::span<const float> head) const {
    std::vector<float> outputs = bias_;
    std::vector<float> values(kSfaceChannels);
    std::vector<std::uint8_t> bytes(kSfaceChannels + int8::kRowSlack);
    std::vector<float> sums(kSfaceOutputs);
    for (std::size_t cell = 0; cell < kSfaceCells; ++cell) {
      const float step = to_bytes(head.subspan(cell * kSfaceChannels, kSfaceChannels), values, bytes);
      convolve(cells_[cell], bytes, sums);
      for (std::size_t out = 0; out < kSfaceOutputs; ++out) outputs[out] += step * sums[out];
    }
    ::explicit_bzero(values.data(), values.size() * sizeof(float));
    return outputs;
  }

 private:
  static constexpr float kZero = 128;  // the byte for 0
  static constexpr float kLargest = 127;

  static int8::LayerSpec spec() {
    int8::LayerSpec layer;
    layer.in_channels = static_cast<int>(kSfaceChannels);
    layer.out_channels = static_cast<int>(kSfaceOutputs);
    return layer;
  }

  static int8::QuantizedLayer rounded(const int8::SfaceTail& real, std::size_t cell) {
    int8::QuantizedLayer layer;
    for (std::size_t out = 0; out < kSfaceOutputs; ++out) {
      const float* weights = real.weights.data() + (out * kSfaceCells + cell) * kSfaceChannels;
      float largest = 1e-12F;
      for (std::size_t i = 0; i < kSfaceChannels; ++i) largest = std::max(largest, std::abs(weights[i]));
      const float step = largest / kLargest;
      float sum = 0;
      for (std::size_t i = 0; i < kSfaceChannels; ++i) {
        layer.weights.push_back(static_cast<std::int8_t>(std::lround(weights[i] / step)));
        sum += layer.weights.back();
      }
      layer.scale.push_back(step);
      layer.offset.push_back(-kZero * step * sum);
    }
    return layer;
  }

  // Returns what one step of a byte stands for.
  float to_bytes(std::span<const float> head, std::vector<float>& values,
                 std::vector<std::uint8_t>& bytes) const {
    float largest = 1e-12F;
    for (std::size_t i = 0; i < kSfaceChannels; ++i) {
      values[i] = std::max(head[i], 0.F) + slopes_[i] * std::min(head[i], 0.F);
      largest = std::max(largest, std::abs(values[i]));
    }
    const float per_step = kLargest / largest;
    for (std::size_t i = 0; i < kSfaceChannels; ++i) {
      // NOLINTNEXTLINE(bugprone-incorrect-roundings): not negative, and a call a value is dear
      bytes[i] = static_cast<std::uint8_t>(values[i] * per_step + kZero + 0.5F);
    }
    return largest / kLargest;
  }

  void convolve(const int8::QuantizedLayer& cell, const std::vector<std::uint8_t>& bytes,
                std::vector<float>& sums) const {
    int8::ConvRow row{};
    row.rows[0] = bytes.data();
    row.row_count = 1;
    row.steps = int8::window_steps(spec());
    row.pixel_step = kSfaceChannels;
    row.width = 1;
    row.channels = static_cast<int>(kSfaceOutputs);
    row.weights = cell.weights.data();
    row.scale = cell.scale.data();
    row.offset = cell.offset.data();
    row.out_float = sums.data();
    row.out_step = kSfaceOutputs;
    kernels_.conv(row);
  }

  const int8::Kernels& kernels_;
  std::vector<float> slopes_;
  std::vector<float> bias_;
  std::vector<int8::QuantizedLayer> cells_;  // packed
};

class Int8EmbeddingNetwork final : public EmbeddingNetwork {
 public:
  Int8EmbeddingNetwork(const std::vector<int8::QuantizedLayer>& layers, const int8::Kernels& kernels,
                       const int8::SfaceTail& tail)
      : executor_(int8::sface_mobilenet(), layers, kernels), tail_(tail, kernels) {}

  Result<std::vector<float>> run(const ImageView& aligned) const override {
    return tail_.run(executor_.run(aligned).heads.front().values);
  }

 private:
  int8::RowExecutor executor_;
  Tail tail_;
};

Result<int8::Ranges> read_ranges(const std::string& path, std::string_view sha256) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (text.empty()) return fail(ErrorCode::kModel, "the model has no table of activation ranges");
  auto ranges = int8::parse_ranges(text);
  if (ranges && ranges->model_sha256 != sha256) {
    return fail(ErrorCode::kModel, "the table of activation ranges is another model's");
  }
  return ranges;
}

}  // namespace

Result<LoadedEmbeddingNetwork> load_int8_embedding_network(ByteView onnx_file, std::string_view sha256,
                                                           const std::string& model_path) {
  const int8::Kernels* const kernels = int8::best_kernels();
  if (kernels == nullptr) return fail(ErrorCode::kModel, "the processor has no 8-bit dot products");
  const auto ranges =
      read_ranges(std::filesystem::path(model_path).replace_extension(".ranges").string(), sha256);
  if (!ranges) return fail(ranges);
  const auto plain = with_plain_weights(onnx_file);
  if (!plain) return fail(plain);
  const ByteView bytes = byte_view(*plain);
  const auto convolutions = int8::read_convolutions(bytes);
  if (!convolutions) return fail(convolutions);
  const auto floats = int8::read_float_tensors(bytes);
  if (!floats) return fail(floats);
  const auto layers = int8::quantize(int8::sface_mobilenet(), *convolutions, *ranges, *floats);
  if (!layers) return fail(layers);
  const auto tail = int8::sface_tail(*floats);
  if (!tail) return fail(tail);
  return LoadedEmbeddingNetwork{std::make_unique<Int8EmbeddingNetwork>(*layers, *kernels, *tail),
                                std::string("int8 (") + kernels->name + ")"};
}

}  // namespace face_privacy
