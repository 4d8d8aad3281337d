// Which weights of a registry are meant, as a user writes it.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace face_privacy {

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
