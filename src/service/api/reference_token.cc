#include "service/api/reference_token.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <memory>
#include <span>
#include <stdexcept>

#include "crypto/base64url.h"
#include "crypto/digest.h"
#include "worker/photo_messages.h"

namespace face_privacy {

struct SealedPeople {
  std::int64_t until_ms = 0;  // of the steady clock
  std::vector<Person> people;
};

template <class Wire>
void transfer(Wire& wire, Person& person) {
  wire.text(person.name);
  transfer(wire, person.face);
}

template <class Wire>
void transfer(Wire& wire, SealedPeople& sealed) {
  wire.value(sealed.until_ms);
  wire.list(sealed.people, 2 * sizeof(std::uint32_t),
            [](auto& each, Person& person) { transfer(each, person); });
}

namespace {

// nonce, ciphertext, tag
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMostTokenBytes = std::size_t{1} << 20;

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

std::int64_t milliseconds(ReferenceTokens::Clock::time_point at) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
}

void must(int done) {
  if (done != 1) throw std::runtime_error("AES-256-GCM is not available");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::optional<Bytes> decrypt(ByteView sealed, const unsigned char* key, std::string_view holder) {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  const ByteView hidden = sealed.subspan(kNonceBytes, sealed.size() - kNonceBytes - kTagBytes);
  Bytes tag(sealed.end() - kTagBytes, sealed.end());
  const Cipher cipher(EVP_CIPHER_CTX_new());
  Bytes plain(hidden.size());
  int length = 0;
  must(EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key, sealed.data()));
  if (!holder.empty()) {
    must(
        EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(holder), static_cast<int>(holder.size())));
  }
  must(
      EVP_DecryptUpdate(cipher.get(), plain.data(), &length, hidden.data(), static_cast<int>(hidden.size())));
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()));
  unsigned char nothing = 0;
  if (EVP_DecryptFinal_ex(cipher.get(), &nothing, &length) != 1) return std::nullopt;
  return plain;
}

}  // namespace

ReferenceTokens::ReferenceTokens() { fill_with_random(key_); }
ReferenceTokens::~ReferenceTokens() { OPENSSL_cleanse(key_.data(), key_.size()); }

std::string ReferenceTokens::seal(const std::vector<Person>& people, std::string_view holder,
                                  Clock::time_point now) const {
  Bytes plain = to_wire(SealedPeople{milliseconds(now + kTokenLife), people});
  Bytes sealed(kNonceBytes + plain.size() + kTagBytes);
  fill_with_random(std::span(sealed).first(kNonceBytes));
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int length = 0;
  must(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), sealed.data()));
  if (!holder.empty()) {
    must(
        EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(holder), static_cast<int>(holder.size())));
  }
  must(EVP_EncryptUpdate(cipher.get(), sealed.data() + kNonceBytes, &length, plain.data(),
                         static_cast<int>(plain.size())));
  unsigned char* const tag = sealed.data() + kNonceBytes + plain.size();
  must(EVP_EncryptFinal_ex(cipher.get(), tag, &length));
  must(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag));
  OPENSSL_cleanse(plain.data(), plain.size());
  return to_base64url(sealed);
}

std::optional<std::vector<Person>> ReferenceTokens::open(std::string_view token, std::string_view holder,
                                                         Clock::time_point now) const {
  if (token.size() > kMostTokenBytes) return std::nullopt;
  const auto sealed = from_base64url(token);
  auto plain = sealed ? decrypt(*sealed, key_.data(), holder) : std::nullopt;
  if (!plain) return std::nullopt;
  auto people = from_wire<SealedPeople>(*plain);
  OPENSSL_cleanse(plain->data(), plain->size());
  if (!people || people->until_ms < milliseconds(now)) return std::nullopt;
  return std::move(people->people);
}

}  // namespace face_privacy
