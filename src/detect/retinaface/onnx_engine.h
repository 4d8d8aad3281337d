// A RetinaFace or SCRFD of a known layout, computed by ONNX Runtime.
#pragma once

#include "base/bytes.h"
#include "detect/retinaface/loaded_network.h"

namespace face_privacy {

// Tells the layout by running the network on a small picture and looking at what comes out.
// `threads` are used inside one run. `known` as for coding_of(). kModel for what cannot be loaded or has
// another layout.
Result<LoadedNetwork> load_onnx_network(ByteView onnx_file, int threads, const CodingFacts& known = {});

}  // namespace face_privacy
