#include "nn/model_file.h"

#include <fstream>

namespace face_privacy {

Result<Bytes> read_model_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  // A folder opens as well, and has no sensible size.
  constexpr std::streamoff kLargest = std::streamoff{2} << 30;
  if (size < 0 || size > kLargest) return fail(ErrorCode::kIo, "the model file cannot be read");
  if (size == 0) return fail(ErrorCode::kModel, "the model file is empty");
  Bytes bytes(static_cast<std::size_t>(size));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!file) return fail(ErrorCode::kIo, "the model file cannot be read");
  return bytes;
}

}  // namespace face_privacy
