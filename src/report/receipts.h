// Receipts: what was done to a photo or a clip, in a form that others can check. docs/receipts.md tells what
// one says and what it does not.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/clip_checks.h"
#include "receipt/jws.h"
#include "report/tracks_file.h"

namespace face_privacy {

// What a deployment signs with, and all keys that its receipts may be signed by: the one in use and earlier
// ones.
struct ReceiptKeys {
  std::optional<SigningKey> signing;
  std::vector<PublicKey> published;
};

struct ReceiptSubject {
  const PhotoOptions& options;
  const PhotoReport& report;  // with `checks`
  const ModelInfo& model;
  float min_score = 0;  // the threshold in force
  ByteView input;
  ByteView output;
  std::string_view program_version;
  const std::optional<RecognizerInfo>& recognizer;  // that looked at covered faces
  const std::optional<ModelInfo>& second_model;     // of the second look, where it is not by `model`
};

struct ClipReceiptSubject {
  const ClipOptions& options;
  const ClipChecks& checks;
  const TracksOrigin& origin;                    // how the faces were looked for
  const std::optional<ModelInfo>& second_model;  // as above
  const std::optional<RecognizerInfo>& recognizer;
  bool reviewed = false;  // the tracks were given, or changed
  bool searched = true;   // false: nothing was looked for, the tracks were given
  Container container{};  // of the output
  Size size;              // as it is shown
  std::int64_t covered_frames = 0;
  std::int64_t damaged_frames = 0;
  int input = -1;  // descriptors
  int output = -1;
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
// kIo where the clips cannot be read.
Result<IssuedReceipt> issue_receipt(const ClipReceiptSubject& subject, const SigningKey& key,
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
