#include "detect/retinaface/int8_engine.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "detect/retinaface/int8_graph.h"
#include "detect/retinaface/int8_network.h"
#include "detect/retinaface/output_layout.h"
#include "nn/int8/kernels/kernels.h"
#include "nn/int8/quantize.h"
#include "nn/int8/ranges.h"
#include "nn/int8/row_executor.h"
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

Result<LoadedNetwork> load_network(ByteView onnx_file, std::string_view sha256,
                                   const std::string& ranges_file, std::optional<float> landmark_scale) {
  const Kernels* const kernels = best_kernels();
  if (kernels == nullptr) return fail(ErrorCode::kModel, "the processor has no 8-bit dot products");
  const auto ranges = read_ranges(ranges_file, sha256);
  if (!ranges) return fail(ranges);
  const auto convolutions = read_convolutions(onnx_file);
  if (!convolutions) return fail(convolutions);
  const auto layers = quantize(retinaface_mobilenet(), *convolutions, *ranges);
  if (!layers) return fail(layers);
  const auto model = free_input_size(onnx_file);
  if (!model) return fail(model);
  const auto coding = coding_of(Layout::kInsightface, model->metadata, landmark_scale);
  if (!coding) return fail(coding);
  return LoadedNetwork{make_network(*layers, *coding, *kernels), std::string("int8 (") + kernels->name + ")"};
}

}  // namespace face_privacy::int8
