// Weights as a registry holds them: signed, so that whoever may write to the registry cannot choose what the
// service sees with.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "receipt/keys.h"
#include "registry/answers.h"
#include "registry/fault.h"

namespace face_privacy {

// The files' names in the registry.
inline constexpr const char* kWeightsFile = "model.onnx";
inline constexpr const char* kRangesFile = "model.ranges";

// Of a file of weights. RetinaFace with MobileNet has 1.7 MB, with ResNet-50 110 MB.
inline constexpr std::size_t kMaxWeightsBytes = std::size_t{256} << 20;

// What a signature is for. It names the model, so that weights that were signed as one are no other.
struct WeightsStatement {
  std::string name;           // of the registered model
  std::string sha256;         // hex
  std::string ranges_sha256;  // hex; empty: there is no table of ranges for the 8-bit engine

  std::string text() const;
};

std::string sign_weights(const WeightsStatement& statement, const SigningKey& key);  // base64url

// The statement of a version's tags, if one of `keys` signed it: kUnsigned, kBadSignature.
Registered<WeightsStatement> signed_statement(const ModelVersion& version,
                                              const std::vector<PublicKey>& keys);

// kWrongHash unless `bytes` have this digest.
Registered<void> check_hash(ByteView bytes, std::string_view sha256);

}  // namespace face_privacy
