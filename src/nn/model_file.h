// A file of weights as bytes, and what they are known by.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// kIo for what cannot be read as a file, kModel for an empty one.
Result<Bytes> read_model_file(const std::string& path);

std::string sha256_hex(ByteView bytes);

}  // namespace face_privacy
