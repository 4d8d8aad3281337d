#include "feedback/crop_seal.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "crypto/base64url.h"

namespace face_privacy {
namespace {

using KeyBytes = std::array<std::uint8_t, 32>;
static_assert(crypto_box_PUBLICKEYBYTES == 32 && crypto_box_SECRETKEYBYTES == 32);

constexpr std::string_view kPublic = "face-privacy-feedback-public 1 ";
constexpr std::string_view kPrivate = "face-privacy-feedback-private 1 ";

void need_sodium() {
  if (sodium_init() < 0) throw std::runtime_error("libsodium cannot be used");
}

std::optional<KeyBytes> key_from(std::string_view text, std::string_view kind) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (!text.starts_with(kind)) return std::nullopt;
  auto bytes = from_base64url(text.substr(kind.size()));
  KeyBytes key{};
  if (!bytes || bytes->size() != key.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), key.begin());
  sodium_memzero(bytes->data(), bytes->size());
  return key;
}

}  // namespace

Result<CropSeal> CropSeal::parse(std::string_view text) {
  need_sodium();
  const auto key = key_from(text, kPublic);
  if (!key) return fail(ErrorCode::kInvalidOption, "it is no public key of `face-privacy feedback key new`");
  CropSeal seal;
  seal.public_key_ = *key;
  return seal;
}

std::string CropSeal::text() const { return std::string(kPublic) + to_base64url(public_key_) + "\n"; }

Bytes CropSeal::seal(ByteView crop) const {
  Bytes sealed(crop.size() + crypto_box_SEALBYTES);
  if (crypto_box_seal(sealed.data(), crop.data(), crop.size(), public_key_.data()) != 0) {
    throw std::runtime_error("a crop cannot be sealed");
  }
  return sealed;
}

CropKey CropKey::generate() {
  need_sodium();
  CropKey key;
  KeyBytes public_key{};
  crypto_box_keypair(public_key.data(), key.private_key_.data());
  return key;
}

Result<CropKey> CropKey::parse(std::string_view text) {
  need_sodium();
  const auto bytes = key_from(text, kPrivate);
  if (!bytes)
    return fail(ErrorCode::kInvalidOption, "it is no private key of `face-privacy feedback key new`");
  CropKey key;
  key.private_key_ = *bytes;
  return key;
}

CropKey::~CropKey() { sodium_memzero(private_key_.data(), private_key_.size()); }

std::string CropKey::text() const { return std::string(kPrivate) + to_base64url(private_key_) + "\n"; }

CropSeal CropKey::seal() const {
  CropSeal seal;
  if (crypto_scalarmult_base(seal.public_key_.data(), private_key_.data()) != 0) {
    throw std::runtime_error("a key has no public half");
  }
  return seal;
}

Result<Bytes> CropKey::open(ByteView sealed) const {
  const auto cannot = [] {
    return fail(ErrorCode::kInvalidOption, "a crop was sealed to another key, or changed");
  };
  if (sealed.size() < crypto_box_SEALBYTES) return cannot();
  Bytes crop(sealed.size() - crypto_box_SEALBYTES);
  const CropSeal own = seal();
  if (crypto_box_seal_open(crop.data(), sealed.data(), sealed.size(), own.public_key_.data(),
                           private_key_.data()) != 0) {
    return cannot();
  }
  return crop;
}

}  // namespace face_privacy
