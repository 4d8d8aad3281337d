#include "cli/key_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>

#include "cli/photo_files.h"
#include "cli/shared_options.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 1 << 20;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

// A new file, whole or not at all; one that is there stays.
bool write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(file) == 0;
  if (!written || !closed) ::unlink(path.c_str());
  return written && closed;
}

std::optional<NoiseKey> noise_key_from(std::string_view text) {
  NoiseKey key{};
  if (text.size() != 2 * key.size()) return std::nullopt;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto parsed = std::from_chars(digits, digits + 2, key[i], 16);
    if (parsed.ec != std::errc() || parsed.ptr != digits + 2) return std::nullopt;
  }
  return key;
}

std::string_view without_line_end(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<std::string> read_key_text(const std::string& file) {
  const auto bytes = read_file(file, kMaxKeyFileBytes);
  if (!bytes) return fail(bytes.error().code, file + ": " + bytes.error().message);
  return std::string(bytes->begin(), bytes->end());
}

Result<std::string> read_secret_text(const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return fail(ErrorCode::kIo, file + ": the key cannot be read");
  if ((status.st_mode & kOthers) != 0) {
    return fail(ErrorCode::kInvalidOption,
                file + ": others than its owner can read or change this key; chmod 600");
  }
  return read_key_text(file);
}

bool write_key_pair(const std::string& file, const std::string& secret, const std::string& open) {
  if (!write_new_file(file, secret, 0600)) {
    print_error(file, "cannot be written, or is there already");
    return false;
  }
  if (write_new_file(file + ".pub", open, 0644)) return true;
  ::unlink(file.c_str());
  print_error(file + ".pub", "cannot be written, or is there already");
  return false;
}

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
  const auto text = read_secret_text(given);
  if (!text) return fail(text);
  auto key = SigningKey::from_pem(*text);
  if (!key) return fail(key.error().code, given + ": " + key.error().message);
  return key;
}

void add_noise_key_option(CLI::App& command, std::string& given) {
  command
      .add_option(
          "--noise-key", given,
          "pixelate: draw a photo's noise from this secret, so that the same work gives the same bytes: a "
          "file with 64 hex digits, readable for its owner alone (in the environment also the digits "
          "themselves); default: fresh noise each time")
      ->envname("FACE_PRIVACY_NOISE_KEY");
}

Result<std::optional<NoiseKey>> read_noise_key(const std::string& given) {
  if (given.empty()) return std::optional<NoiseKey>{};
  if (const auto key = noise_key_from(given)) return key;
  const auto text = read_secret_text(given);
  if (!text) return fail(text);
  const auto key = noise_key_from(without_line_end(*text));
  if (!key)
    return fail(ErrorCode::kInvalidOption, given + ": 64 hex digits are needed (openssl rand -hex 32)");
  return key;
}

Result<std::vector<PublicKey>> read_key_files(const std::vector<std::string>& files) {
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    const bool is_text = file.starts_with("-----BEGIN");
    const auto text = is_text ? Result<std::string>(file) : read_key_text(file);
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
