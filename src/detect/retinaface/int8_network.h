// RetinaFace on MobileNet 0.25 with 8-bit weights and activations.
#pragma once

#include <memory>
#include <vector>

#include "detect/retinaface/engine.h"
#include "nn/int8/kernels/kernels.h"
#include "nn/int8/quantize.h"

namespace face_privacy::int8 {

// `layers` belong to `graph`, one of int8_graph.h.
std::unique_ptr<const Network> make_network(const NetworkSpec& graph,
                                            const std::vector<QuantizedLayer>& layers,
                                            const BoxCoding& coding, const Kernels& kernels);

}  // namespace face_privacy::int8
