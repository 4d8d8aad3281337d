// What is compared: ways from a JPEG to a redacted JPEG.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pipeline/pipeline.h"

namespace face_privacy::bench {

struct Run {
  Timings timings;
  int faces = 0;
};

struct Contender {
  std::string name;
  std::function<Run(std::span<const unsigned char> jpeg, Profile profile)> run;  // thread-safe
};

// A detector with its engine's name in the tables. The first of a list is fp32; the usual pipeline runs
// the same network on ONNX Runtime.
struct NamedEngine {
  std::string name;
  std::shared_ptr<const Detector> detector;
};

// fp32, and int8 where this processor can.
std::vector<NamedEngine> load_engines(const std::string& model_path);

// The usual pipeline first, then for each engine the general path and the fast one.
std::vector<Contender> make_contenders(const std::string& model_path,
                                       const std::vector<NamedEngine>& engines);

}  // namespace face_privacy::bench
