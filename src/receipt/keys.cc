#include "receipt/keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>
#include <stdexcept>
#include <utility>

#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

template <auto kFree>
struct Deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using BioHandle = std::unique_ptr<BIO, Deleter<BIO_free_all>>;

// OpenSSL fails here for lack of memory, or through a bug of the caller.
void expect(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot work with the key of receipts");
}

// Asks nobody: a key that needs a password is no key here.
int no_password(char*, int, int, void*) { return 0; }

BioHandle reader_of(std::string_view pem) {
  BioHandle bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  expect(bio != nullptr);
  return bio;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

bool is_ed25519(const KeyHandle& key) { return key && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_ED25519; }

}  // namespace

struct PublicKey::Handle {
  KeyHandle key;
};

PublicKey::PublicKey(std::shared_ptr<const Handle> handle) : handle_(std::move(handle)) {
  // The members that RFC 7638 names, in its order.
  const std::string members = R"({"crv":"Ed25519","kty":"OKP","x":")" + x() + "\"}";
  id_ = to_base64url(sha256(members));
}

Result<PublicKey> PublicKey::from_pem(std::string_view pem) {
  KeyHandle key(PEM_read_bio_PUBKEY(reader_of(pem).get(), nullptr, no_password, nullptr));
  if (!is_ed25519(key)) return fail(ErrorCode::kInvalidOption, "a public key (Ed25519, PEM) is needed");
  return PublicKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

Result<PublicKey> PublicKey::from_bytes(ByteView bytes) {
  KeyHandle key;
  if (bytes.size() == kKeyBytes) {
    key.reset(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size()));
  }
  if (!key) return fail(ErrorCode::kInvalidOption, "a public key of Ed25519 has 32 bytes");
  return PublicKey(std::make_shared<const Handle>(Handle{std::move(key)}));
}

std::string PublicKey::x() const {
  std::array<std::uint8_t, kKeyBytes> raw{};
  std::size_t size = raw.size();
  expect(EVP_PKEY_get_raw_public_key(handle_->key.get(), raw.data(), &size) == 1 && size == raw.size());
  return to_base64url(raw);
}

std::string PublicKey::pem() const {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  expect(bio && PEM_write_bio_PUBKEY(bio.get(), handle_->key.get()) == 1);
  return text_of(bio.get());
}

std::string PublicKey::jwk() const {
  return R"({"kty":"OKP","crv":"Ed25519","x":")" + x() + R"(","kid":")" + id_ +
         R"(","use":"sig","alg":"EdDSA"})";
}

bool PublicKey::verifies(ByteView signature, std::string_view text) const {
  const DigestHandle context(EVP_MD_CTX_new());
  expect(context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, handle_->key.get()) == 1);
  return signature.size() == kSignatureBytes &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), byte_view(text).data(),
                          text.size()) == 1;
}

SigningKey SigningKey::generate() {
  KeyHandle key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  expect(key != nullptr);
  return SigningKey(PublicKey(std::make_shared<const PublicKey::Handle>(PublicKey::Handle{std::move(key)})));
}

Result<SigningKey> SigningKey::from_pem(std::string_view pem) {
  KeyHandle key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_password, nullptr));
  if (!is_ed25519(key)) {
    return fail(ErrorCode::kInvalidOption, "a private key (Ed25519, PEM, without a password) is needed");
  }
  return SigningKey(PublicKey(std::make_shared<const PublicKey::Handle>(PublicKey::Handle{std::move(key)})));
}

std::string SigningKey::pem() const {
  const BioHandle bio(BIO_new(BIO_s_secmem()));
  expect(bio && PEM_write_bio_PKCS8PrivateKey(bio.get(), public_key_.handle_->key.get(), nullptr, nullptr, 0,
                                              nullptr, nullptr) == 1);
  return text_of(bio.get());
}

Bytes SigningKey::sign(std::string_view text) const {
  const DigestHandle context(EVP_MD_CTX_new());
  Bytes signature(kSignatureBytes);
  std::size_t size = signature.size();
  expect(context &&
         EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, public_key_.handle_->key.get()) == 1 &&
         EVP_DigestSign(context.get(), signature.data(), &size, byte_view(text).data(), text.size()) == 1);
  return signature;
}

std::string key_set(const std::vector<PublicKey>& keys) {
  std::string text = R"({"keys":[)";
  for (const PublicKey& key : keys) {
    if (text.back() == '}') text += ',';
    text += key.jwk();
  }
  return text + "]}";
}

}  // namespace face_privacy
