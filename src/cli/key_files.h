// Files with keys: of receipts, and of noise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "redact/options.h"
#include "report/receipts.h"

namespace CLI {
class App;
}

namespace face_privacy {

// --signing-key, of blur and serve.
void add_signing_key_option(CLI::App& command, std::string& given);

// `given` is a PEM text itself, as the environment of a container holds it, or a file that nobody but its
// owner can read. kIo, kInvalidOption.
Result<SigningKey> read_signing_key(const std::string& given);

// The text of a file with a key; its name is in what goes wrong. kIo.
Result<std::string> read_key_text(const std::string& file);

// The same of a key that nobody but its owner may read. kIo, kInvalidOption.
Result<std::string> read_secret_text(const std::string& file);

// New files FILE, for its owner alone, and FILE.pub: both or neither. Says what went wrong.
bool write_key_pair(const std::string& file, const std::string& secret, const std::string& open);

// PEM files and JSON Web Key Sets, or a PEM text itself, in the order given.
Result<std::vector<PublicKey>> read_key_files(const std::vector<std::string>& files);

// The key in use (none where `signing` is empty) and earlier public keys.
Result<ReceiptKeys> read_receipt_keys(const std::string& signing, const std::vector<std::string>& earlier);

// --noise-key, of blur and serve.
void add_noise_key_option(CLI::App& command, std::string& given);

// `given` is 64 hex digits themselves, as the environment of a container holds them, or a file with them that
// nobody but its owner can read; empty: none. kIo, kInvalidOption.
Result<std::optional<NoiseKey>> read_noise_key(const std::string& given);

}  // namespace face_privacy
