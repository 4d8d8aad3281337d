#pragma once

#include <memory>
#include <string>

#include "detect/retinaface/engine.h"
#include "detect/retinaface/output_layout.h"

namespace face_privacy {

// Of either engine.
struct LoadedNetwork {
  std::unique_ptr<const Network> network;
  OutputLayout layout;
  std::string engine;  // as in ModelInfo
};

}  // namespace face_privacy
