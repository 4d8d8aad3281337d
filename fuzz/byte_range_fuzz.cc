// A Range header: nothing, or a part of the body, however long that is said to be.
#include <cstring>
#include <string_view>

#include "service/http/byte_range.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t body = 0;
  if (size < sizeof body) return 0;
  std::memcpy(&body, data, sizeof body);
  const std::string_view header(reinterpret_cast<const char*>(data) + sizeof body, size - sizeof body);
  const auto range = face_privacy::parse_byte_range(header, body);
  if (!range || range->length == 0) return 0;
  const bool is_inside = range->first < body && range->length <= body - range->first;
  if (!is_inside) __builtin_trap();
  return 0;
}
