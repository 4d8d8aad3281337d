#pragma once

#include <string>
#include <string_view>

namespace face_privacy {

// W3C Trace Context, of what a caller sends in `traceparent`.
struct TraceContext {
  std::string trace_id;   // 32 hex digits; empty: none, or not valid
  std::string parent_id;  // 16 hex digits
};
TraceContext parse_traceparent(std::string_view text);

// The caller's own X-Request-Id where it is short and plain, else a new one.
std::string request_id_from(std::string_view given);

}  // namespace face_privacy
