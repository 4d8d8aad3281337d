// SFace's layers as nn/int8/ wants them: 27 convolutions in front of one dense layer.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "nn/int8/graph.h"
#include "nn/int8/weights.h"

namespace face_privacy::int8 {

inline constexpr std::size_t kSfaceCells = 49;       // 7 x 7
inline constexpr std::size_t kSfaceChannels = 1024;  // of the last convolution, the network's only head
inline constexpr std::size_t kSfaceOutputs = 128;

const NetworkSpec& sface_mobilenet();

// What comes after the head: a PReLU for each channel, then sums over all cells and channels.
struct SfaceTail {
  std::vector<float> slopes;   // [channel]
  std::vector<float> weights;  // [output][cell][channel]
  std::vector<float> bias;     // [output]
};

// The batch normalizations before and after the dense layer are folded into it. kModel where the model is
// another network.
Result<SfaceTail> sface_tail(const FloatTensors& floats);

}  // namespace face_privacy::int8
