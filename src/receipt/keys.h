// Keys for receipts: Ed25519 (RFC 8032), as PEM files and as JSON Web Keys (RFC 8037).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

namespace face_privacy {

// Who may have signed. Immutable; copies share the key.
class PublicKey {
 public:
  // SubjectPublicKeyInfo as PEM. kInvalidOption where it is none, or of another kind than Ed25519.
  static Result<PublicKey> from_pem(std::string_view pem);
  // The 32 bytes of a JSON Web Key's "x".
  static Result<PublicKey> from_bytes(ByteView bytes);

  const std::string& id() const { return id_; }  // the key's thumbprint (RFC 7638), base64url
  std::string pem() const;
  std::string jwk() const;  // {"kty":"OKP",...} with "kid", "use" and "alg"
  bool verifies(ByteView signature, std::string_view text) const;

 private:
  struct Handle;
  friend class SigningKey;
  explicit PublicKey(std::shared_ptr<const Handle> handle);
  std::string x() const;  // base64url

  std::shared_ptr<const Handle> handle_;
  std::string id_;
};

// Signs. The private half never leaves it but by `pem`.
class SigningKey {
 public:
  static SigningKey generate();
  // PKCS #8 as PEM, without a password. kInvalidOption as above.
  static Result<SigningKey> from_pem(std::string_view pem);

  std::string pem() const;
  const PublicKey& public_key() const { return public_key_; }
  Bytes sign(std::string_view text) const;

 private:
  explicit SigningKey(PublicKey key) : public_key_(std::move(key)) {}
  PublicKey public_key_;  // its handle holds both halves
};

// {"keys":[...]} (RFC 7517).
std::string key_set(const std::vector<PublicKey>& keys);

}  // namespace face_privacy
