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

// A detector with its name in the tables. The first of a list is the one that the usual pipeline is
// given as well, so that it works on the same network.
struct Engine {
  std::string name;
  std::shared_ptr<const Detector> detector;
};

std::vector<Engine> load_engines(const std::string& model_path);

// The usual pipeline first, then for each engine the general path and the fast one.
std::vector<Contender> make_contenders(const std::string& model_path, const std::vector<Engine>& engines);

}  // namespace face_privacy::bench
