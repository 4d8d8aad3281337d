// face-privacy-calibrate MODEL.onnx PHOTO... > MODEL.ranges
// The same photos give the same table, byte for byte.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "calibration.h"
#include "codec/codec.h"
#include "crypto/digest.h"
#include "gate_fit.h"
#include "nn/model_file.h"

namespace {

using namespace face_privacy;

Result<Bytes> read_photo(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorCode::kIo, "the photo cannot be read");
  return Bytes(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Result<void> observe_photo(const std::string& path, const int8::NetworkSpec& graph,
                           const std::vector<int8::RealLayer>& layers, int8::Calibration& calibration,
                           std::vector<int8::GateFit>& gates) {
  const auto file = read_photo(path);
  if (!file) return fail(file);
  const auto photo = decode(*file, Limits{});
  if (!photo) return fail(photo);
  const ImageView picture = photo->frame(0);
  for (const Image& variant : int8::variants(picture, int8::kLongSidesPx)) {
    calibration.observe(int8::run_real(graph, layers, variant.view()));
  }
  for (const Image& variant : int8::variants(picture, int8::kGateLongSidesPx)) {
    const int8::RealRun run = int8::run_real(graph, layers, variant.view());
    for (int8::GateFit& gate : gates) gate.observe(run);
  }
  return {};
}

Result<std::string> calibrate(const std::string& model_path, const std::vector<std::string>& photos) {
  const auto model = read_model_file(model_path);
  if (!model) return fail(model);
  const auto convolutions = int8::read_convolutions(*model);
  if (!convolutions) return fail(convolutions);
  const int8::NetworkSpec& graph = int8::graph_of(int8::layout_of(*convolutions));
  const auto layers = int8::real_layers(graph, *convolutions);
  if (!layers) return fail(layers);
  int8::Calibration calibration(graph);
  std::vector<int8::GateFit> gates;
  std::vector<std::string> gated;  // tensors
  for (std::size_t i = 0; i < graph.layers.size(); ++i) {
    const int tensor = graph.layers[i].gate;
    if (tensor == int8::kNone) continue;
    gates.emplace_back(graph, static_cast<int>(i));
    gated.push_back(graph.tensors[static_cast<std::size_t>(tensor)].name);
  }
  for (const std::string& path : photos) {
    if (auto seen = observe_photo(path, graph, *layers, calibration, gates); !seen) return fail(seen);
  }
  int8::Ranges ranges = calibration.result(to_hex(sha256(*model)));
  for (std::size_t i = 0; i < gates.size(); ++i) {
    auto gate = gates[i].result();
    if (!gate.empty()) ranges.gates[gated[i]] = std::move(gate);
  }
  return int8::to_text(ranges);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: face-privacy-calibrate MODEL.onnx PHOTO... > MODEL.ranges\n";
    return 2;
  }
  const auto table = calibrate(argv[1], {argv + 2, argv + argc});
  if (!table) {
    std::cerr << table.error().message << '\n';
    return 1;
  }
  std::cout << *table;
  return std::cout.good() ? 0 : 1;
}
