#include "service/http/request_target.h"

#include <algorithm>
#include <boost/url.hpp>

namespace face_privacy {
namespace {

namespace urls = boost::urls;

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// RFC 3986 wants these encoded, but browsers send them as they are in a query such as
// ?regions=[[1,2,3,4]].
std::string with_query_encoded(std::string_view target) {
  const std::size_t question = target.find('?');
  std::string result(target.substr(0, question));
  if (question == std::string_view::npos) return result;
  for (const char c : target.substr(question)) {
    const bool encode = static_cast<unsigned char>(c) >= 0x80 ||
                        std::string_view("[]{}|\\^`\"<>").find(c) != std::string_view::npos;
    if (encode) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto value = static_cast<unsigned char>(c);
      result.push_back('%');
      result.push_back(kDigits[value >> 4U]);
      result.push_back(kDigits[value & 15U]);
    } else {
      result.push_back(c);
    }
  }
  return result;
}

std::optional<RequestTarget> decoded(const urls::url_view& url) {
  RequestTarget result;
  result.path = url.path();
  if (result.path.empty()) result.path = "/";
  if (has_control_character(result.path)) return std::nullopt;
  urls::encoding_opts options;
  options.space_as_plus = true;
  for (const auto& parameter : url.params(options)) {
    if (parameter.key.empty() && !parameter.has_value) continue;  // "?", "a=1&&b=2"
    if (has_control_character(parameter.key) || has_control_character(parameter.value)) return std::nullopt;
    result.query.push_back({std::string(parameter.key), std::string(parameter.value)});
  }
  return result;
}

}  // namespace

std::optional<RequestTarget> parse_target(std::string_view target) {
  if (target == "*") return RequestTarget{"*", {}};
  const std::string encoded = with_query_encoded(target);
  if (target.starts_with('/')) {
    const auto url = urls::parse_origin_form(encoded);
    if (!url) return std::nullopt;
    return decoded(*url);
  }
  const auto url = urls::parse_absolute_uri(encoded);
  if (!url || (url->scheme_id() != urls::scheme::http && url->scheme_id() != urls::scheme::https)) {
    return std::nullopt;
  }
  return decoded(*url);
}

}  // namespace face_privacy
