// Chooses the weights of a head's gate (nn/int8/graph.h) from what the head says at full precision.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "nn/int8/graph.h"
#include "nn/int8/reference.h"

namespace face_privacy::int8 {

// Between those of calibration.h, so that a few photos show each head many sizes of face.
inline constexpr std::array kGateLongSidesPx{96,  112, 128, 160, 192, 224, 256,  288,  320, 384,
                                             448, 512, 576, 640, 768, 896, 1088, 1280, 1600};

// A logistic regression: from 3x3 pixels of the gate's tensor to whether the head sees a candidate there,
// that is, a score of kCandidateScore or more at any anchor.
class GateFit {
 public:
  // `head`: index of a layer with a gate. `spec` must outlive it.
  GateFit(const NetworkSpec& spec, int head);

  void observe(const RealRun& run);

  // As Ranges::gates: more than 0 for nearly all candidates seen that no neighbor surpasses. Empty where
  // there was none.
  std::vector<float> result() const;

 private:
  // Rows of so many values as 3x3 pixels have, and a 1.
  struct Samples {
    std::vector<double> values;
    std::vector<double> weights;
    std::vector<double> wanted;  // 1 or 0
  };
  void add(const std::vector<float>& window, double weight, bool is_candidate);

  const NetworkSpec& spec_;
  std::size_t head_;
  std::size_t head_number_ = 0;  // among the heads
  std::size_t terms_ = 0;        // values of 3x3 pixels and 1
  std::size_t cells_passed_ = 0;
  Samples samples_;
  std::vector<std::vector<float>> best_;  // of each candidate that no neighbor surpasses, its window
};

}  // namespace face_privacy::int8
