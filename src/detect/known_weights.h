#pragma once

#include <optional>
#include <string_view>

namespace face_privacy {

// What cannot be told from a model's file or outputs, for weights that are known by their hash.
struct KnownWeights {
  std::string_view sha256;
  std::string_view license;             // one sentence
  std::optional<float> landmark_scale;  // of the insightface layout, as in BoxCoding
};
const KnownWeights* known_weights(std::string_view sha256);  // null: not known

}  // namespace face_privacy
