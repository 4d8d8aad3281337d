#include "service/api/api_keys.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "service/http/header_value.h"

namespace face_privacy {
namespace {

constexpr std::size_t kHexDigits = 64;

std::optional<Sha256> digest_from(std::string_view text) {
  const std::string digits = to_lower(text);
  if (digits.size() != kHexDigits || digits.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return std::nullopt;
  }
  Sha256 digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    digest[i] = static_cast<std::uint8_t>(std::stoi(digits.substr(2 * i, 2), nullptr, 16));
  }
  return digest;
}

std::string_view presented_key(const Headers& headers) {
  if (const auto key = headers.find("X-API-Key")) return trimmed(*key);
  constexpr std::string_view kScheme = "bearer ";
  const auto authorization = headers.find("Authorization");
  if (!authorization || !equal_ignoring_case(authorization->substr(0, kScheme.size()), kScheme)) return {};
  return trimmed(authorization->substr(kScheme.size()));
}

}  // namespace

Result<ApiKeys> ApiKeys::load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kIo, "the API keys file " + path + " cannot be read");
  return parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

Result<ApiKeys> ApiKeys::parse(std::string_view text) {
  ApiKeys keys;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    line = line.substr(0, line.find('#'));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line = trimmed(line);
    if (line.empty()) continue;
    const std::size_t blank = line.find_first_of(" \t");
    const std::string_view rest = blank == std::string_view::npos ? "" : trimmed(line.substr(blank));
    const auto digest = digest_from(rest);
    if (!digest) {
      return fail(ErrorCode::kInvalidOption,
                  "API keys, line " + std::to_string(number) + ": a name and a SHA-256 in hex are needed");
    }
    keys.keys_.push_back({std::string(line.substr(0, blank)), *digest});
  }
  if (keys.keys_.empty()) return fail(ErrorCode::kInvalidOption, "the API keys file holds no key");
  return keys;
}

std::optional<std::string_view> ApiKeys::holder(const Headers& headers) const {
  const Sha256 digest = sha256(presented_key(headers));
  std::optional<std::string_view> found;
  for (const Key& key : keys_) {
    if (equal_in_constant_time(key.digest, digest)) found = key.name;
  }
  return found;
}

}  // namespace face_privacy
