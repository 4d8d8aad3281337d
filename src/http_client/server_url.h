// Where a server is, as a user writes it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace face_privacy {

struct ServerUrl {
  bool tls = false;
  std::string host;  // a name or an address, without the brackets of IPv6
  std::uint16_t port = 0;
  std::string prefix;  // of paths: "" or "/mlflow"

  std::string authority() const;  // for the Host header
  std::string text() const;
};

// "http://host[:port][/prefix]" or "https://...". Credentials do not belong into it: kInvalidOption.
Result<ServerUrl> parse_server_url(std::string_view text);

}  // namespace face_privacy
