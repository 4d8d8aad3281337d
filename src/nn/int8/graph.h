// A network as a list of layers: what is computed from what, and where the model file keeps it.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace face_privacy::int8 {

inline constexpr int kNone = -1;

// A gate looks at 3x3 pixels.
inline constexpr std::size_t kGateTaps = 9;

// A head's logits where its gate is closed: a probability of 1e-13. Its other values are 0 there.
inline constexpr float kClosedLogit = -30;

// What a network wants of its picture: (byte - zero) * scale.
struct PictureSpec {
  bool blue_first = false;                            // so the model file's weights have it
  std::array<float, 3> zero{127.5F, 127.5F, 127.5F};  // red, green, blue; also what lies around the picture
  float scale = 1.F / 128;
};

struct TensorSpec {
  std::string name;  // of the value in the model file
  int channels = 0;
  int stride_px = 1;       // picture pixels a tensor pixel, in both directions
  bool keep_rows = false;  // a layer much later reads it again; otherwise a few rows are enough
};

struct LayerSpec {
  // The model file's convolutions, side by side; more than one only where `output` is kNone.
  std::vector<std::string> convolutions;
  int input = kNone;       // index of a tensor
  int output = kNone;      // index of a tensor; kNone: a head, which gives floats
  int output_channel = 0;  // the first that this layer writes
  int coarse = kNone;      // index of a tensor of half the size, added after the ReLU
  int in_channels = 0;
  int out_channels = 0;
  // Of these the last, which the model file does not have: zeros, so that kernels get whole groups.
  int spare_in = 0;
  int spare_out = 0;
  int kernel = 1;  // 1 or 3
  int stride = 1;  // 1 or 2
  bool depthwise = false;
  // Of a head: its first 2 * logit_pairs outputs in the model file are so many logits against and as many
  // for, or where `pairs_adjoin` one against and one for each time; it gives the latter less the former, and
  // as many zeros at its end.
  int logit_pairs = 0;
  bool pairs_adjoin = false;
  // The model file's weights that negative outputs are multiplied by (PReLU), one a channel; empty: they
  // become 0 (ReLU), or nothing happens to them (a head).
  std::string slopes = {};
  float leak = 0;  // if not 0, what they are all multiplied by (LeakyReLU)

  // Of a head: index of a tensor with a pixel for each of its cells, which it reads, mostly through other
  // layers. A gate (QuantizedLayer::gate) tells from that pixel and those around it whether the cell is worth
  // computing. Elsewhere neither the head runs nor what is behind that tensor for it alone; such layers have
  // stride 1 and no coarse tensor.
  int gate = kNone;

  bool is_head() const { return output == kNone; }
  bool is_sloped() const { return !slopes.empty() || leak != 0; }
};

struct NetworkSpec {
  PictureSpec picture = {};
  std::vector<TensorSpec> tensors;  // tensor 0 is the picture
  std::vector<LayerSpec> layers;    // in the order of the data; heads from the coarsest to the finest
};

}  // namespace face_privacy::int8
