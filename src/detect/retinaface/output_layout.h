// Two families of RetinaFace are in use, and SCRFD, which followed it. They differ in what they want to be
// fed, in the order of their outputs and in how a box is coded:
//   insightface: nine outputs, scores, boxes and landmarks for each stride, channels first;
//   priors: three outputs, loc, conf and landms, one row for each prior box;
//   scrfd: nine outputs, scores, boxes and landmarks for each stride, one row for each anchor.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "detect/retinaface/engine.h"
#include "nn/onnx/onnx_graph.h"
#include "nn/onnx/session.h"

namespace face_privacy {

enum class OutputLayout { kInsightface, kPriors, kScrfd };
std::string_view name_of(OutputLayout layout);

// Which outputs hold score, box and landmarks of each level. In the priors layout all levels share
// one output of each kind.
struct OutputTable {
  OutputLayout layout;
  std::array<std::array<std::size_t, 3>, kLevelCount> outputs{};
};

// Tells the layout by the shapes that come out for a picture of size `input`; names do not matter.
// Sides that differ keep rows and columns from being confused.
std::optional<OutputTable> recognize_outputs(std::span<const TensorShape> shapes, Size input);

// What a file does not show, where it is known of its weights.
struct CodingFacts {
  std::optional<float> landmark_scale{};  // of the insightface layout, as in BoxCoding
  std::string_view min_sizes{};           // of the priors layout, as in the metadata; empty: not known
};

// How boxes are coded. What the file does not show can be told in its metadata: the priors' sizes as
// "min_sizes" ("16,32,64,128,256,512"), the unit of insightface's landmarks as "landmark_std"; `known` goes
// before that. kModel for metadata that make no sense.
Result<BoxCoding> coding_of(OutputLayout layout, const ModelProperties& metadata,
                            const CodingFacts& known = {});

// What a network wants its picture to be, beyond floats from 0 to 255.
struct Feed {
  bool blue_first = false;
  std::array<float, 3> subtract{};  // in the order of the channels
  float factor = 1;                 // after that
};
Feed feed_of(OutputLayout layout);

// The values that came out for a picture of size `input`, put into place; nothing is copied, and
// values that are missing leave a tensor short.
HeadOutputs arrange_outputs(const OutputTable& table, const BoxCoding& coding,
                            std::span<const std::span<const float>> values, Size input);

}  // namespace face_privacy
