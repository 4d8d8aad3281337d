// RetinaFace on MobileNet 0.25 at 8 bits by oneDNN, layer by layer, from the same weights as the engine's:
// what a library's engine would cost.
#pragma once

#include <memory>
#include <vector>

#include "image/image.h"
#include "nn/int8/graph.h"
#include "nn/int8/quantize.h"

namespace face_privacy::bench {

class OneDnnNetwork {
 public:
  // For pictures of this size. `layers` belong to `spec`, which has no negative values but in its heads.
  OneDnnNetwork(const int8::NetworkSpec& spec, const std::vector<int8::QuantizedLayer>& layers, Size size);
  ~OneDnnNetwork();

  void run(const ImageView& rgb);
  // Of the last run, the heads' values in the order of the layers, each [row][column][channel].
  std::vector<std::vector<float>> heads() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace face_privacy::bench
