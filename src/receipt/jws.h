// A receipt's envelope: JSON Web Signature, compact, EdDSA with Ed25519 (RFC 7515 and 8037). Only what
// `sign_receipt` writes is read: its header is compared letter by letter, so that no other algorithm, and no
// parser of strangers' JSON, ever stands before the signature.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "receipt/keys.h"

namespace face_privacy {

enum class ReceiptVerdict : std::uint8_t {
  kValid,
  kNotAReceipt,     // not of this form, or too long
  kWrongAlgorithm,  // "none", or any but EdDSA
  kUnknownKey,      // signed by a key that is not among the given ones
  kBadSignature,    // receipt or signature was changed
  kOtherPhoto,      // a good receipt, but of other bytes
};
std::string_view name_of(ReceiptVerdict verdict);  // "valid", "not_a_receipt" ...

inline constexpr std::size_t kMaxReceiptBytes = 16'384;

std::string sign_receipt(std::string_view payload, const SigningKey& key);

struct OpenedReceipt {
  ReceiptVerdict verdict = ReceiptVerdict::kNotAReceipt;
  std::string payload;  // only where `verdict` is kValid; whose photo it is has not been asked
};
// Space around `receipt`, as editors and shells leave it, is ignored.
OpenedReceipt open_receipt(std::string_view receipt, const std::vector<PublicKey>& keys);

}  // namespace face_privacy
