#include "registry/weights.h"

#include <algorithm>

#include "crypto/base64url.h"
#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::size_t kDigestLetters = 64;

bool is_digest(std::string_view text) {
  return text.size() == kDigestLetters &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

// Unlike any receipt, which begins with a letter of base64url and has no line break: a key that signs both
// never signs one for the other.
std::string WeightsStatement::text() const {
  return "face-privacy weights v1\nname " + name + "\nsha256 " + sha256 + "\nranges " +
         (ranges_sha256.empty() ? "none" : ranges_sha256) + "\n";
}

std::string sign_weights(const WeightsStatement& statement, const SigningKey& key) {
  return to_base64url(key.sign(statement.text()));
}

Registered<WeightsStatement> signed_statement(const ModelVersion& version,
                                              const std::vector<PublicKey>& keys) {
  const std::string which = version.name + " version " + version.version;
  if (version.signature.empty() || version.sha256.empty()) {
    return registry_fault(RegistryFault::kUnsigned, which + " has no signature of its SHA-256");
  }
  WeightsStatement statement{version.name, version.sha256, version.ranges_sha256};
  const auto signature = from_base64url(version.signature);
  const bool well_formed =
      is_digest(statement.sha256) && (statement.ranges_sha256.empty() || is_digest(statement.ranges_sha256));
  const std::string text = statement.text();
  const bool holds = signature && well_formed && std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
                       return key.verifies(*signature, text);
                     });
  if (holds) return statement;
  return registry_fault(RegistryFault::kBadSignature, which + " is not signed by a key that is trusted here");
}

Registered<void> check_hash(ByteView bytes, std::string_view sha256) {
  if (to_hex(face_privacy::sha256(bytes)) == sha256) return {};
  return registry_fault(RegistryFault::kWrongHash, "the registry's file is another than the one signed for");
}

}  // namespace face_privacy
