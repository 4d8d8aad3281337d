// A form comes from anybody. Whatever it holds, its parts lie in the body, none holds a delimiter, and
// the photo that comes out of it is one part's content to the byte.
#include <cstdint>
#include <string>
#include <string_view>

#include "service/api/request_body.h"
#include "service/http/multipart.h"

namespace {

using namespace face_privacy;

void require(bool holds) {
  if (!holds) __builtin_trap();
}

bool lies_in(ByteView inner, ByteView outer) {
  return inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size();
}

void check_parts(ByteView body, const std::string& boundary) {
  const auto parts = parse_multipart(body, boundary);
  if (!parts) {
    require(parts.error().code == ErrorCode::kInvalidOption && !parts.error().message.empty());
    return;
  }
  constexpr std::size_t kMostParts = 256;
  require(parts->size() <= kMostParts);
  const std::string delimiter = "\r\n--" + boundary;
  const std::uint8_t* last_end = body.data();
  for (const MultipartPart& part : *parts) {
    require(lies_in(part.content, body) && part.content.data() >= last_end);
    last_end = part.content.data() + part.content.size();
    const std::string_view content(reinterpret_cast<const char*>(part.content.data()), part.content.size());
    require(content.find(delimiter) == std::string_view::npos);
    require(part.media_type.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string::npos);
  }
}

void check_photo(ByteView body, const std::string& boundary) {
  const auto read = read_multipart_body(body, boundary);
  if (!read) {
    require(status_of(read.error().code) == 400);
    return;
  }
  require(read->photo.empty() || lies_in(read->photo, body));
  for (const ReferencePart& reference : read->references) require(lies_in(reference.photo, body));
  constexpr std::size_t kLongestOption = std::size_t{1} << 20;
  for (const OptionField& option : read->options) require(option.value.size() <= kLongestOption);
}

}  // namespace

// The first line is the Content-Type, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = text.find('\n');
  const auto boundary = multipart_boundary(text.substr(0, line_end));
  if (!boundary || line_end == std::string_view::npos) return 0;
  constexpr std::size_t kLongestBoundary = 70;
  require(!boundary->empty() && boundary->size() <= kLongestBoundary);
  const ByteView body{data + line_end + 1, size - line_end - 1};
  check_parts(body, *boundary);
  check_photo(body, *boundary);
  return 0;
}
