#include "nn/model_file.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <stdexcept>
#include <string_view>

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

std::string sha256_hex(ByteView bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("SHA-256 is not available");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

}  // namespace face_privacy
