// The seam between detection and whatever computes the network: ONNX Runtime, an int8 engine, or a
// test's own numbers. A network gives raw head outputs; head_decoder.h makes boxes of them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"
#include "image/image.h"

namespace face_privacy {

inline constexpr int kInputMultiple = 32;  // px; the largest stride, so that every level's grid is whole
inline constexpr std::size_t kAnchorsPerCell = 2;
inline constexpr std::size_t kLevelCount = 3;

// Where the anchors of one level lie and how large they are, in px of the network's input. The
// anchors of the cell (column, row) are squares centered at stride * (column, row) + center_px.
struct LevelAnchors {
  int stride_px = 0;
  float center_px = 0;
  std::array<float, kAnchorsPerCell> side_px{};
};

// How head outputs become boxes: with an anchor of side s at c,
//   kCenterAndSides: center = c + center_scale * delta * s, side = s * exp(side_scale * delta);
//   kEdges: left and top edge = c - delta * s, right and bottom edge = c + delta * s;
//   landmark = c + landmark_scale * delta * s.
enum class BoxForm { kCenterAndSides, kEdges };

struct BoxCoding {
  std::array<LevelAnchors, kLevelCount> levels;
  BoxForm form = BoxForm::kCenterAndSides;
  float center_scale = 1;
  float side_scale = 1;
  float landmark_scale = 1;
};

// One output of one level, in whatever order the network left it:
// values[anchor * anchor_step + channel * channel_step + (row * columns + column) * cell_step].
struct HeadTensor {
  std::span<const float> values;
  std::size_t anchor_step = 0;
  std::size_t channel_step = 0;
  std::size_t cell_step = 0;
};

struct HeadLevel {
  Size cells;            // the input's size divided by the level's stride
  HeadTensor score;      // 1 channel: the probability of a face, 0..1
  HeadTensor box;        // 4 channels: x, y, width, height, or left, top, right, bottom
  HeadTensor landmarks;  // 10 channels: x, y of the eye, eye, nose, mouth corner, mouth corner, from
                         // the picture's left to its right on an upright face
};

struct HeadOutputs {
  std::array<HeadLevel, kLevelCount> levels;  // in the order of BoxCoding::levels
  std::shared_ptr<const void> storage;        // keeps the values alive; must not outlive the network
};

// Thread-safe once built: several threads may call `run` at the same time.
class Network {
 public:
  virtual ~Network() = default;

  virtual const BoxCoding& coding() const = 0;

  // `rgb` has the layout kRgb8 and sides that are multiples of kInputMultiple; values 0..255 as
  // they are: what the network wants subtracted or swapped is its own affair. kModel on failure.
  virtual Result<HeadOutputs> run(const ImageView& rgb) const = 0;
};

}  // namespace face_privacy
