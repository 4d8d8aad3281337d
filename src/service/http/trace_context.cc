#include "service/http/trace_context.h"

#include <algorithm>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxRequestId = 64;

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

// 00-<32 hex>-<16 hex>-<2 hex>; a later version may add fields after another dash.
TraceContext parse_traceparent(std::string_view text) {
  constexpr std::size_t kLength = 55;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  const std::string_view version = text.substr(0, 2);
  const std::string_view trace = text.substr(3, 32);
  const std::string_view parent = text.substr(36, 16);
  if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(text.substr(53, 2))) return {};
  if (version == "ff" || is_zero(trace) || is_zero(parent)) return {};
  if (text.size() > kLength && (version == "00" || text[kLength] != '-')) return {};
  return {std::string(trace), std::string(parent)};
}

std::string request_id_from(std::string_view given) {
  const bool plain =
      !given.empty() && given.size() <= kMaxRequestId && std::all_of(given.begin(), given.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_' || c == '.';
      });
  constexpr std::size_t kRandomBytes = 16;
  return plain ? std::string(given) : random_hex(kRandomBytes);
}

}  // namespace face_privacy
