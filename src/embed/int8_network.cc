#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "base/simd.h"
#include "embed/network.h"
#include "embed/sface_graph.h"
#include "nn/int8/quantize.h"
#include "nn/int8/ranges.h"
#include "nn/int8/row_executor.h"
#include "nn/onnx/plain_weights.h"

namespace face_privacy {
namespace {

using int8::kSfaceCells;
using int8::kSfaceChannels;
using int8::kSfaceOutputs;

// One cell's part of an output. The order of the sums is the same on every processor.
FACE_PRIVACY_INLINE float cell_sum(const float* values, const std::int8_t* weights) {
  using SignedBytes8 = std::int8_t __attribute__((vector_size(8)));
  constexpr std::size_t kWidth = 8;
  constexpr std::size_t kSums = 4;  // side by side: one sum would wait for itself
  Float8 sums[kSums]{};
  for (std::size_t i = 0; i < kSfaceChannels; i += kWidth * kSums) {
    for (std::size_t k = 0; k < kSums; ++k) {
      SignedBytes8 bytes;
      std::memcpy(&bytes, weights + i + k * kWidth, sizeof bytes);
      const Float8 value = *reinterpret_cast<const Float8Anywhere*>(values + i + k * kWidth);
      sums[k] += value * __builtin_convertvector(bytes, Float8);
    }
  }
  const Float8 all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  float sum = 0;
  for (std::size_t k = 0; k < kWidth; ++k) sum += all[k];
  return sum;
}

// The dense layer with weights of 8 bits: as floats they are 26 MB, which each face would wait for.
class Tail {
 public:
  explicit Tail(const int8::SfaceTail& real) : slopes_(real.slopes), bias_(real.bias) {
    weights_.reserve(real.weights.size());
    for (std::size_t first = 0; first < real.weights.size(); first += kSfaceChannels) {
      const float* block = real.weights.data() + first;
      float largest = 1e-12F;
      for (std::size_t i = 0; i < kSfaceChannels; ++i) largest = std::max(largest, std::abs(block[i]));
      constexpr float kLargestWeight = 127;
      scale_.push_back(largest / kLargestWeight);
      for (std::size_t i = 0; i < kSfaceChannels; ++i) {
        weights_.push_back(static_cast<std::int8_t>(std::lround(block[i] / scale_.back())));
      }
    }
  }

  std::vector<float> run(std::span<const float> head) const {
    std::vector<float> values(head.begin(), head.end());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] < 0) values[i] *= slopes_[i % kSfaceChannels];
    }
    std::vector<float> outputs = bias_;
    has_avx2() ? add_avx2(values.data(), outputs) : add(values.data(), outputs);
    return outputs;
  }

 private:
  FACE_PRIVACY_INLINE void add(const float* values, std::vector<float>& outputs) const {
    for (std::size_t out = 0; out < kSfaceOutputs; ++out) {
      for (std::size_t cell = 0; cell < kSfaceCells; ++cell) {
        const std::size_t block = out * kSfaceCells + cell;
        outputs[out] += scale_[block] *
                        cell_sum(values + cell * kSfaceChannels, weights_.data() + block * kSfaceChannels);
      }
    }
  }
  FACE_PRIVACY_AVX2 void add_avx2(const float* values, std::vector<float>& outputs) const {
    add(values, outputs);
  }

  std::vector<float> slopes_;
  std::vector<float> bias_;
  std::vector<std::int8_t> weights_;  // [output][cell][channel]
  std::vector<float> scale_;          // [output][cell]
};

class Int8EmbeddingNetwork final : public EmbeddingNetwork {
 public:
  Int8EmbeddingNetwork(const std::vector<int8::QuantizedLayer>& layers, const int8::Kernels& kernels,
                       const int8::SfaceTail& tail)
      : executor_(int8::sface_mobilenet(), layers, kernels), tail_(tail) {}

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
  const ByteView bytes{reinterpret_cast<const std::uint8_t*>(plain->data()), plain->size()};
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
