// Receipts: what was done to a photo, in a form that others can check. docs/receipts.md tells what one says
// and what it does not.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/pipeline.h"
#include "receipt/jws.h"

namespace face_privacy {

// What a deployment signs with, and all keys that its receipts may be signed by: the one in use and earlier
// ones.
struct ReceiptKeys {
  std::optional<SigningKey> signing;
  std::vector<PublicKey> published;
};

struct ReceiptSubject {
  const BlurOptions& options;
  const BlurReport& report;  // with `checks`
  const ModelInfo& model;
  float min_score = 0;  // the threshold in force
  ByteView input;
  ByteView output;
  std::string_view program_version;
};

struct IssuedReceipt {
  std::string receipt;
  // The salt of the commitment to the input, base64url; empty where none was asked for. It is the caller's
  // alone: whoever has it can tell whether a given file was the input.
  std::string opening;
};

// `now` is rounded down to the hour.
IssuedReceipt issue_receipt(const ReceiptSubject& subject, const SigningKey& key,
                            std::chrono::system_clock::time_point now);

struct ReceiptCheck {
  ReceiptVerdict verdict{};
  boost::json::object payload;  // where the signature holds
};

// Photos are hashed here, not read.
ReceiptCheck check_receipt(std::string_view receipt, ByteView photo, const std::vector<PublicKey>& keys);

// Whether `input` is what a valid receipt's commitment was made of.
bool opens_commitment(const boost::json::object& payload, std::string_view opening, ByteView input);

// {"valid","verdict","receipt"}, as the command line and the service tell it.
boost::json::object to_json(const ReceiptCheck& check);

// One public key as PEM, or a JSON Web Key Set. kInvalidOption.
Result<std::vector<PublicKey>> read_public_keys(std::string_view text);

}  // namespace face_privacy
