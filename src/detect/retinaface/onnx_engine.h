// A RetinaFace or SCRFD of a known layout, computed by ONNX Runtime.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "detect/retinaface/engine.h"
#include "detect/retinaface/output_layout.h"

namespace face_privacy {

struct LoadedNetwork {
  std::unique_ptr<const Network> network;
  OutputLayout layout;
  std::string engine;
};

// Tells the layout by running the network on a small picture and looking at what comes out.
// `threads` are used inside one run. `known` as for coding_of(). kModel for what cannot be loaded or has
// another layout.
Result<LoadedNetwork> load_onnx_network(ByteView onnx_file, int threads, const CodingFacts& known = {});

}  // namespace face_privacy
