#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "crypto/digest.h"
#include "service/http/http_message.h"

namespace face_privacy {

// Who may send photos. The file has a line for each key: a name, a blank, and the SHA-256 of the
// key in hex; # begins a comment. Keys are long and random, so a plain hash keeps them safe.
class ApiKeys {
 public:
  ApiKeys() = default;  // everybody
  static Result<ApiKeys> load(const std::string& path);
  static Result<ApiKeys> parse(std::string_view text);

  bool needed() const { return !keys_.empty(); }

  // The name of the key in `Authorization: Bearer KEY` or `X-API-Key: KEY`. How long it takes says
  // nothing about how close a wrong key was.
  std::optional<std::string_view> holder(const Headers& headers) const;

 private:
  struct Key {
    std::string name;
    Sha256 digest;
  };
  std::vector<Key> keys_;
};

}  // namespace face_privacy
