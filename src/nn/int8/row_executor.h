// RetinaFace on MobileNet 0.25 with 8-bit weights and activations.
//
// It runs row by row: a layer makes a row as soon as its input rows are there, so that between most
// layers only a few rows exist, and those are still in the cache. Nothing is prepared for a picture
// size, and any size costs what its pixels cost.
#pragma once

#include <memory>
#include <vector>

#include "detect/retinaface/engine.h"
#include "detect/retinaface/int8_graph.h"
#include "nn/int8/kernels/kernels.h"
#include "nn/int8/quantize.h"

namespace face_privacy::int8 {

// The fastest kernels that this processor can run; nothing where there are none worth running.
const Kernels* best_kernels();

// `layers` belong to `spec`.
std::unique_ptr<const Network> make_network(const NetworkSpec& spec,
                                            const std::vector<QuantizedLayer>& layers,
                                            const BoxCoding& coding, const Kernels& kernels);

}  // namespace face_privacy::int8
