#include "codec/metadata/gpano.h"

#include <algorithm>
#include <string>

namespace face_privacy {

std::optional<std::string_view> gpano_value(std::string_view xmp, std::string_view name) {
  const std::string full = "GPano:" + std::string(name);
  for (std::size_t at = xmp.find(full); at != std::string_view::npos; at = xmp.find(full, at + 1)) {
    std::string_view rest = xmp.substr(at + full.size());
    char closing = '<';
    if (rest.starts_with("=\"") || rest.starts_with("='")) {
      closing = rest[1];
      rest.remove_prefix(2);
    } else if (rest.starts_with(">")) {
      rest.remove_prefix(1);
    } else {
      continue;
    }
    return rest.substr(0, std::min(rest.find(closing), kMaxGpanoLetters + 1));
  }
  return std::nullopt;
}

}  // namespace face_privacy
