// Watches the network at full precision and writes down what its quantization needs.
#pragma once

#include <string>
#include <vector>

#include "detect/retinaface/int8_graph.h"
#include "image/image.h"
#include "nn/int8/ranges.h"
#include "nn/int8/reference.h"

namespace face_privacy::int8 {

struct RangeRule {
  double share;
  double margin;
};

class Calibration {
 public:
  explicit Calibration(const NetworkSpec& spec);

  void observe(const RealRun& run);
  Ranges result(const std::string& model_sha256) const;

 private:
  struct Moments {
    std::size_t layer = 0;
    std::vector<double> sums;  // of the upper triangles, as in Ranges::moments
  };

  void observe_moments(const RealRun& run, Moments& moments) const;
  RangeRule rule_for(std::size_t tensor) const;

  const NetworkSpec& spec_;
  std::vector<std::vector<float>> largest_;   // [tensor][channel]
  std::vector<std::vector<float>> smallest_;  // likewise, at most 0
  std::vector<std::vector<double>> sums_;     // likewise
  std::vector<double> pixels_;                // of each tensor, all pictures together
  std::vector<Moments> moments_;
};

// What one picture is shown as: at several sizes, mirrored, darker and brighter.
std::vector<Image> variants(const ImageView& picture);

}  // namespace face_privacy::int8
