// A file of weights as bytes.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// kIo for what cannot be read as a file, kModel for an empty one.
Result<Bytes> read_model_file(const std::string& path);

}  // namespace face_privacy
