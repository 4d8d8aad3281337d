// A network with 8-bit weights and activations.
//
// It runs row by row: a layer makes a row as soon as its input rows are there, so that between most
// layers only a few rows exist, and those are still in the cache. Nothing is prepared for a picture
// size, and any size costs what its pixels cost.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "image/image.h"
#include "nn/int8/graph.h"
#include "nn/int8/kernels/kernels.h"
#include "nn/int8/quantize.h"

namespace face_privacy::int8 {

// What a head gives: out_channels values for each cell, row by row.
struct HeadValues {
  Size cells;
  std::span<float> values;
};

struct RowRun {
  std::vector<HeadValues> heads;          // in the order of the layers
  std::shared_ptr<std::uint8_t> storage;  // keeps the values alive; must not outlive the executor
};

// Thread-safe.
class RowExecutor {
 public:
  // `layers` belong to `spec`.
  RowExecutor(const NetworkSpec& spec, const std::vector<QuantizedLayer>& layers, const Kernels& kernels);
  ~RowExecutor();

  // `rgb` is kRgb8; its sides are multiples of the network's largest stride.
  RowRun run(const ImageView& rgb) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace face_privacy::int8
