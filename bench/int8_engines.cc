// The engine and oneDNN on the same 8-bit network: int8_engines MODELS WIDTH HEIGHT reads a line "ours RUNS"
// or "onednn RUNS" and answers with the milliseconds of processor time a run took. bench/int8_engines.py
// asks.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>

#include "detect/retinaface/int8_engine.h"
#include "detect/retinaface/int8_graph.h"
#include "nn/int8/kernels/choice.h"
#include "nn/int8/row_executor.h"
#include "nn/int8/weights.h"
#include "nn/model_file.h"
#include "onednn_network.h"

namespace face_privacy::bench {
namespace {

std::vector<int8::QuantizedLayer> load_layers(const std::string& weights) {
  const auto file = read_model_file(weights);
  std::ifstream table(int8::ranges_path(weights));
  const std::string text((std::istreambuf_iterator<char>(table)), std::istreambuf_iterator<char>());
  const auto ranges = int8::parse_ranges(text);
  const auto convolutions = int8::read_convolutions(*file);
  return *int8::quantize(int8::retinaface_mobilenet(), *convolutions, *ranges);
}

Image noise(Size size) {
  Image image(size, kRgb8);
  std::mt19937 random(1);
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < 3 * size.width; ++x) {
      const int patch = (x / 3 / 8 * 37 + y / 8 * 91) % 160;
      image.mutable_view().row(y)[x] = static_cast<std::uint8_t>(patch + static_cast<int>(random() % 64));
    }
  }
  return image;
}

template <class Run>
double milliseconds(int runs, const Run& run) {
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  };
  const double start = now();
  for (int i = 0; i < runs; ++i) run();
  return (now() - start) / runs;
}

// The mean difference of the heads' values, in shares of their mean size: both compute the same network.
double difference(const int8::RowRun& ours, const std::vector<std::vector<float>>& theirs) {
  double apart = 0;
  double size = 0;
  for (std::size_t head = 0; head < theirs.size(); ++head) {
    for (std::size_t i = 0; i < theirs[head].size(); ++i) {
      apart += std::abs(theirs[head][i] - ours.heads[head].values[i]);
      size += std::abs(ours.heads[head].values[i]);
    }
  }
  return apart / size;
}

int serve(const std::string& models, Size size) {
  const auto layers = load_layers(models + "/mnet.25_v1.onnx");
  const int8::RowExecutor ours(int8::retinaface_mobilenet(), layers, *int8::best_kernels());
  OneDnnNetwork onednn(int8::retinaface_mobilenet(), layers, size);
  const Image picture = noise(size);
  onednn.run(picture.view());
  std::cout << int8::best_kernels()->name << ' ' << difference(ours.run(picture.view()), onednn.heads())
            << std::endl;
  std::string who;
  int runs = 0;
  while (std::cin >> who >> runs) {
    std::cout << (who == "ours" ? milliseconds(runs, [&] { ours.run(picture.view()); })
                                : milliseconds(runs, [&] { onednn.run(picture.view()); }))
              << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace face_privacy::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: int8_engines MODELS WIDTH HEIGHT\n";
    return 2;
  }
  return face_privacy::bench::serve(argv[1], {std::atoi(argv[2]), std::atoi(argv[3])});
}
