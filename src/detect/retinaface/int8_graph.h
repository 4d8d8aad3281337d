// The layers of RetinaFace on MobileNet 0.25 as a list: what is computed from what, and where the
// model file keeps it.
#pragma once

#include <map>
#include <string>

#include "detect/retinaface/output_layout.h"
#include "nn/int8/graph.h"
#include "nn/int8/weights.h"

namespace face_privacy::int8 {

// What a head gives for each cell: for each anchor the face's logit less the background's, then the
// anchors' boxes, then their landmarks; the rest is padding.
inline constexpr int kHeadScores = 2;
inline constexpr int kHeadBoxes = 8;
inline constexpr int kHeadLandmarks = 20;
inline constexpr int kHeadChannels = 32;

const NetworkSpec& retinaface_mobilenet();         // InsightFace's
const NetworkSpec& retinaface_mobilenet_priors();  // that of PyTorch's files, with priors

// Of these two the one that a file may be; whether it is shows when its convolutions are looked for.
OutputLayout layout_of(const std::map<std::string, Convolution>& convolutions);
const NetworkSpec& graph_of(OutputLayout layout);

}  // namespace face_privacy::int8
