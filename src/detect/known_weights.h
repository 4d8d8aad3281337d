#pragma once

#include <string_view>

#include "detect/retinaface/output_layout.h"

namespace face_privacy {

// What cannot be told from a model's file or outputs, for weights that are known by their hash.
struct KnownWeights {
  std::string_view sha256;
  std::string_view license;  // one sentence
  CodingFacts coding{};
};
const KnownWeights* known_weights(std::string_view sha256);  // null: not known

}  // namespace face_privacy
