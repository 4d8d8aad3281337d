// Weights and factors of a layer in the order in which the kernels read them.
#pragma once

#include "nn/int8/graph.h"
#include "nn/int8/kernels/kernels.h"
#include "nn/int8/quantize.h"

namespace face_privacy::int8 {

// The same layer, each list in the kernels' order; see ConvRow and DepthwiseRow. Weights of a window
// that is no multiple of four bytes are followed by zeros.
QuantizedLayer pack(const LayerSpec& spec, const QuantizedLayer& layer, const Kernels& kernels);

// Groups of four bytes in a row of a dense layer's window.
inline int window_steps(const LayerSpec& spec) { return (spec.kernel * spec.in_channels + 3) / 4; }

}  // namespace face_privacy::int8
