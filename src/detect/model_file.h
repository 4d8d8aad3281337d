#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// kIo for what cannot be read as a file, kModel for an empty one.
Result<Bytes> read_model_file(const std::string& path);

std::string sha256_hex(ByteView bytes);

// What cannot be told from a model's file or outputs, for weights that are known by their hash.
struct KnownWeights {
  std::string_view sha256;
  std::string_view license;             // one sentence
  std::optional<float> landmark_scale;  // of the insightface layout, as in BoxCoding
};
const KnownWeights* known_weights(std::string_view sha256);  // null: not known

}  // namespace face_privacy
