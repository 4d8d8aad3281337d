// Watches the network at full precision and writes down what its quantization needs.
#pragma once

#include <array>
#include <span>
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

// The values of a window of kernel x kernel pixels around (x, y), in the order [row][column][channel]; what
// lies outside is 0.
void read_window(const RealTensor& in, int kernel, int x, int y, std::vector<float>& window);

// So that each head sees the photos' faces at the sizes that are its own: with 480, 640 and 1280 alone
// the finest head's ranges cut off small faces, by 0.4 logits.
inline constexpr std::array kLongSidesPx{128, 192, 320, 480, 640, 1280, 1920};

// What one picture is shown as: at several sizes, mirrored, darker and brighter.
std::vector<Image> variants(const ImageView& picture, std::span<const int> long_sides_px);

}  // namespace face_privacy::int8
