// Whether a model can run at 8 bits here, and the network if so.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "detect/retinaface/engine.h"

namespace face_privacy::int8 {

struct LoadedNetwork {
  std::unique_ptr<const Network> network;
  std::string engine;  // as in ModelInfo
};

// The table of ranges that goes with `model_path`: the same name with the extension ".ranges".
std::string ranges_path(std::string_view model_path);

// kModel, with the reason, where the processor lacks the instructions, the table of ranges is missing,
// damaged or another model's, or the model is no RetinaFace on MobileNet 0.25. `landmark_scale` as for
// load_onnx_network().
Result<LoadedNetwork> load_network(ByteView onnx_file, std::string_view sha256,
                                   const std::string& ranges_file, std::optional<float> landmark_scale);

}  // namespace face_privacy::int8
