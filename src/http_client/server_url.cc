#include "http_client/server_url.h"

#include <algorithm>
#include <charconv>

namespace face_privacy {
namespace {

constexpr std::size_t kLongestUrl = 2048;
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}
bool is_path(char c) { return is_word(c) || c == '/' || c == '~'; }
bool is_host(char c) { return is_word(c) || c == ':'; }

bool all_of(std::string_view text, bool (*is)(char)) { return std::all_of(text.begin(), text.end(), is); }

bool take(std::string_view& text, std::string_view beginning) {
  const bool there = text.starts_with(beginning);
  if (there) text.remove_prefix(beginning.size());
  return there;
}

tl::unexpected<Error> no_url() {
  return fail(ErrorCode::kInvalidOption, "a server is named as http://HOST:PORT or https://HOST");
}

// Splits "[::1]:5000" and "host:5000".
bool split_authority(std::string_view authority, ServerUrl& url) {
  std::string_view port;
  if (take(authority, "[")) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return false;
    url.host = authority.substr(0, end);
    port = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (url.host.empty() || !all_of(url.host, is_host)) return false;
  url.port = url.tls ? kHttpsPort : kHttpPort;
  if (port.empty()) return true;
  if (!take(port, ":")) return false;
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), url.port);
  return parsed.ec == std::errc() && parsed.ptr == port.data() + port.size() && url.port > 0;
}

}  // namespace

std::string ServerUrl::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (tls ? kHttpsPort : kHttpPort) ? name : name + ":" + std::to_string(port);
}

std::string ServerUrl::text() const { return (tls ? "https://" : "http://") + authority() + prefix; }

Result<ServerUrl> parse_server_url(std::string_view text) {
  if (text.size() > kLongestUrl) return no_url();
  ServerUrl url;
  url.tls = take(text, "https://");
  if (!url.tls && !take(text, "http://")) return no_url();
  if (text.find('@') != std::string_view::npos) {
    return fail(
        ErrorCode::kInvalidOption,
        "name and password do not belong into a server's address; they are read from the environment");
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  if (!split_authority(text.substr(0, slash), url)) return no_url();
  std::string_view prefix = text.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!all_of(prefix, is_path)) return no_url();
  url.prefix = prefix;
  return url;
}

}  // namespace face_privacy
