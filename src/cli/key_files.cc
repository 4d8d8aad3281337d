#include "cli/key_files.h"

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <string_view>

#include "cli/photo_files.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 1 << 20;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

Result<std::string> read_text(const std::string& file) {
  const auto bytes = read_file(file, kMaxKeyFileBytes);
  if (!bytes) return fail(bytes.error().code, file + ": " + bytes.error().message);
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace

void add_signing_key_option(CLI::App& command, std::string& given) {
  command
      .add_option(
          "--signing-key", given,
          "Private key that receipts are signed with: a file of `face-privacy key new`, readable for its "
          "owner alone (in the environment also the PEM text itself)")
      ->envname("FACE_PRIVACY_SIGNING_KEY");
}

Result<SigningKey> read_signing_key(const std::string& given) {
  if (given.starts_with("-----BEGIN")) return SigningKey::from_pem(given);
  struct stat status {};
  if (::stat(given.c_str(), &status) != 0) return fail(ErrorCode::kIo, given + ": the key cannot be read");
  if ((status.st_mode & kOthers) != 0) {
    return fail(ErrorCode::kInvalidOption,
                given + ": others than its owner can read or change this key; chmod 600");
  }
  const auto text = read_text(given);
  if (!text) return fail(text);
  auto key = SigningKey::from_pem(*text);
  if (!key) return fail(key.error().code, given + ": " + key.error().message);
  return key;
}

Result<std::vector<PublicKey>> read_key_files(const std::vector<std::string>& files) {
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    const bool is_text = file.starts_with("-----BEGIN");
    const auto text = is_text ? Result<std::string>(file) : read_text(file);
    if (!text) return fail(text);
    const auto read = read_public_keys(*text);
    if (!read) return fail(read.error().code, (is_text ? "the key" : file) + ": " + read.error().message);
    keys.insert(keys.end(), read->begin(), read->end());
  }
  return keys;
}

Result<ReceiptKeys> read_receipt_keys(const std::string& signing, const std::vector<std::string>& earlier) {
  ReceiptKeys keys;
  if (!signing.empty()) {
    auto key = read_signing_key(signing);
    if (!key) return fail(key);
    keys.published.push_back(key->public_key());
    keys.signing = std::move(*key);
  }
  const auto others = read_key_files(earlier);
  if (!others) return fail(others);
  keys.published.insert(keys.published.end(), others->begin(), others->end());
  return keys;
}

}  // namespace face_privacy
