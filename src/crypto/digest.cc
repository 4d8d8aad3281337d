#include "crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace face_privacy {

namespace {

class Sha256Sum {
 public:
  Sha256Sum() { check(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1); }
  void add(ByteView bytes) { check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1); }
  Sha256 take() {
    Sha256 digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
  }

 private:
  static void check(bool good) {
    if (!good) throw std::runtime_error("OpenSSL cannot hash");
  }
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

}  // namespace

Sha256 sha256(ByteView bytes) { return sha256(std::initializer_list<ByteView>{bytes}); }

Sha256 sha256(std::string_view text) { return sha256(byte_view(text)); }

Sha256 sha256(std::initializer_list<ByteView> parts) {
  Sha256Sum sum;
  for (const ByteView part : parts) sum.add(part);
  return sum.take();
}

std::optional<FileDigest> sha256_of_file(int descriptor, std::initializer_list<ByteView> before) {
  Sha256Sum sum;
  for (const ByteView part : before) sum.add(part);
  Bytes block(std::size_t{1} << 18);
  std::uint64_t bytes = 0;
  for (;;) {
    const ssize_t count = ::pread(descriptor, block.data(), block.size(), static_cast<off_t>(bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) return FileDigest{sum.take(), bytes};
    sum.add(ByteView(block).first(static_cast<std::size_t>(count)));
    bytes += static_cast<std::uint64_t>(count);
  }
}

Sha256 hmac_sha256(ByteView key, ByteView message) {
  Sha256 code{};
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
           code.data(), nullptr) == nullptr) {
    throw std::runtime_error("OpenSSL cannot hash");
  }
  return code;
}

std::string to_hex(ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool equal_in_constant_time(const Sha256& a, const Sha256& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void fill_with_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("there are no random numbers");
  }
}

Bytes random_bytes(std::size_t count) {
  Bytes bytes(count);
  fill_with_random(bytes);
  return bytes;
}

std::string random_hex(std::size_t bytes) { return to_hex(random_bytes(bytes)); }

}  // namespace face_privacy
