// A RetinaFace or SCRFD of a known layout, computed by ONNX Runtime.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "detect/retinaface/engine.h"
#include "detect/retinaface/output_layout.h"

namespace face_privacy {

struct OnnxNetwork {
  std::unique_ptr<const Network> network;
  Layout layout;
  std::string engine;
};

// Tells the layout by running the network on a small picture and looking at what comes out.
// `threads` are used inside one run. The landmark scale of the insightface layout is `landmark_scale`
// if given, else what the file's metadata say under "landmark_std", else 1. kModel for what cannot be
// loaded or has another layout.
Result<OnnxNetwork> load_onnx_network(ByteView onnx_file, int threads,
                                      std::optional<float> landmark_scale = {});

}  // namespace face_privacy
