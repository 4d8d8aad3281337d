#include "detect/retinaface/int8_engine.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <type_traits>
#include <utility>

#include "base/byte_reader.h"
#include "detect/retinaface/int8_graph.h"
#include "detect/retinaface/int8_network.h"
#include "detect/retinaface/output_layout.h"
#include "nn/int8/kernels/choice.h"
#include "nn/int8/prepared.h"
#include "nn/int8/quantize.h"
#include "nn/int8/ranges.h"
#include "nn/int8/weights.h"
#include "nn/onnx/onnx_graph.h"

namespace face_privacy::int8 {
namespace {

Result<Ranges> read_ranges(const std::string& path, std::string_view sha256) {
  constexpr std::size_t kLargestFile = 1 << 20;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  if (file) {
    text.resize(kLargestFile);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (text.empty()) return fail(ErrorCode::kModel, "the model has no table of activation ranges");
  auto ranges = parse_ranges(text);
  if (ranges && ranges->model_sha256 != sha256) {
    return fail(ErrorCode::kModel, "the table of activation ranges is another model's");
  }
  return ranges;
}

}  // namespace

std::string ranges_path(std::string_view model_path) {
  return std::filesystem::path(model_path).replace_extension(".ranges").string();
}

namespace {

// All that a network is made of, but for the processor's kernels.
struct Prepared {
  OutputLayout layout;
  std::vector<QuantizedLayer> layers;
  BoxCoding coding;
};

Result<Prepared> prepared_of(ByteView onnx_file, std::string_view sha256, const std::string& ranges_file,
                             const CodingFacts& known) {
  const auto ranges = read_ranges(ranges_file, sha256);
  if (!ranges) return fail(ranges);
  const auto convolutions = read_convolutions(onnx_file);
  if (!convolutions) return fail(convolutions);
  const OutputLayout layout = layout_of(*convolutions);
  auto layers = quantize(graph_of(layout), *convolutions, *ranges);
  if (!layers) return fail(layers);
  const auto model = free_input_size(onnx_file);
  if (!model) return fail(model);
  const auto coding = coding_of(layout, model->metadata, known);
  if (!coding) return fail(coding);
  return Prepared{layout, std::move(*layers), *coding};
}

Result<LoadedNetwork> network_of(const Prepared& prepared, const Kernels& kernels) {
  return LoadedNetwork{make_network(graph_of(prepared.layout), prepared.layers, prepared.coding, kernels),
                       prepared.layout, std::string("int8 (") + kernels.name + ")"};
}

tl::unexpected<Error> no_kernels() {
  return fail(ErrorCode::kModel, "the processor has no 8-bit dot products");
}

// Number 3 is the layout of what follows: the head, then append_layers.
constexpr std::string_view kMark = "face-privacy int8 3\n";
struct PreparedHead {
  OutputLayout layout = OutputLayout::kInsightface;
  BoxCoding coding;
};
static_assert(std::is_trivially_copyable_v<PreparedHead>);

}  // namespace

Result<LoadedNetwork> load_network(ByteView onnx_file, std::string_view sha256,
                                   const std::string& ranges_file, const CodingFacts& known) {
  const Kernels* const kernels = best_kernels();
  if (kernels == nullptr) return no_kernels();
  const auto prepared = prepared_of(onnx_file, sha256, ranges_file, known);
  if (!prepared) return fail(prepared);
  return network_of(*prepared, *kernels);
}

Result<Bytes> prepare(ByteView onnx_file, std::string_view sha256, const std::string& ranges_file,
                      const CodingFacts& known) {
  const auto prepared = prepared_of(onnx_file, sha256, ranges_file, known);
  if (!prepared) return fail(prepared);
  Bytes bytes;
  const auto append = [&](const void* from, std::size_t size) {
    bytes.resize(bytes.size() + size);
    std::memcpy(bytes.data() + bytes.size() - size, from, size);
  };
  append(kMark.data(), kMark.size());
  append(sha256.data(), sha256.size());
  PreparedHead head;
  std::memset(static_cast<void*>(&head), 0, sizeof head);  // the build pins a hash of these bytes
  head.layout = prepared->layout;
  head.coding = prepared->coding;
  append(&head, sizeof head);
  append_layers(bytes, graph_of(head.layout), prepared->layers);
  return bytes;
}

Result<LoadedNetwork> load_prepared(ByteView bytes, std::string_view sha256) {
  const Kernels* const kernels = best_kernels();
  if (kernels == nullptr) return no_kernels();
  ByteReader reader(bytes);
  const bool of_this_model = reader.consume(kMark) && reader.consume(sha256);
  PreparedHead head;
  const ByteView head_bytes = reader.take(sizeof head);
  if (of_this_model && !head_bytes.empty()) {
    std::memcpy(static_cast<void*>(&head), head_bytes.data(), head_bytes.size());
  }
  auto layers = take_layers(reader, graph_of(head.layout));
  if (!of_this_model || !layers || !reader.at_end()) {
    return fail(ErrorCode::kModel, "the prepared weights are another model's, or damaged");
  }
  const Prepared prepared{head.layout, std::move(*layers), head.coding};
  return network_of(prepared, *kernels);
}

}  // namespace face_privacy::int8
