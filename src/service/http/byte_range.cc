#include "service/http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "service/http/header_value.h"
#include "service/http/http_message.h"

namespace face_privacy {
namespace {

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<std::uint64_t>::max();
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

}  // namespace

std::optional<ByteRange> parse_byte_range(std::string_view header, std::uint64_t size) {
  const std::size_t equals = header.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  if (!equal_ignoring_case(trimmed(header.substr(0, equals)), "bytes")) return std::nullopt;
  const std::string_view range = trimmed(header.substr(equals + 1));
  const std::size_t dash = range.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto last = number_from(trimmed(range.substr(dash + 1)));
  if (dash == 0) {
    if (!last) return std::nullopt;
    const std::uint64_t length = std::min(*last, size);
    return ByteRange{size - length, length};
  }
  const auto first = number_from(trimmed(range.substr(0, dash)));
  const bool is_open = trimmed(range.substr(dash + 1)).empty();
  if (!first || (!is_open && (!last || *last < *first))) return std::nullopt;
  if (*first >= size) return ByteRange{};
  const std::uint64_t end = is_open ? size - 1 : std::min(*last, size - 1);
  return ByteRange{*first, end - *first + 1};
}

}  // namespace face_privacy
