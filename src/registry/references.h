// Where a registry is, and which weights of it are meant, as a user writes it.
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

// models:/NAME@ALIAS, or models:/NAME/VERSION.
struct ModelReference {
  std::string name;     // letters, digits, '.', '_' and '-'; 1..100
  std::string alias;    // as `name`; empty where a version is named
  std::string version;  // digits; empty where an alias is named

  std::string text() const;
};
Result<ModelReference> parse_model_reference(std::string_view text);  // kInvalidOption

// Whether it begins as one.
bool is_model_reference(std::string_view text);

// 1..100 letters, digits, '.', '_' and '-', and not a number alone: what a model or an alias is called.
bool is_registry_name(std::string_view text);

}  // namespace face_privacy
