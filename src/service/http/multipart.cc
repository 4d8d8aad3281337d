#include "service/http/multipart.h"

#include "service/http/header_value.h"
#include "service/http/http_message.h"

namespace face_privacy {
namespace {

constexpr std::size_t kMaxBoundary = 70;                       // RFC 2046
constexpr std::size_t kMaxParts = 640;                         // a dozen options, and pictures of faces
constexpr std::size_t kMaxPartHeader = std::size_t{8} * 1024;  // as servers allow for a request's own
constexpr std::string_view kLineEnd = "\r\n";

tl::unexpected<Error> broken(const char* why) {
  return fail(ErrorCode::kInvalidOption, std::string("multipart/form-data: ") + why);
}

Result<void> read_part_header(std::string_view line, MultipartPart& part) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return broken("a header without a colon");
  const std::string_view name = trimmed(line.substr(0, colon));
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (equal_ignoring_case(name, "Content-Disposition")) {
    const auto disposition = parse_header_value(value);
    if (!disposition || disposition->value != "form-data") return broken("a part that is no form-data");
    const auto field = disposition->find("name");
    if (!field) return broken("a part without a name");
    part.name = *field;
    part.has_file_name = disposition->find("filename") || disposition->find("filename*");
  } else if (equal_ignoring_case(name, "Content-Type")) {
    const auto type = parse_header_value(value);
    if (!type) return broken("a Content-Type that cannot be read");
    part.media_type = type->value;
  } else if (equal_ignoring_case(name, "Content-Transfer-Encoding")) {
    const std::string encoding = to_lower(value);
    // RFC 7578 deprecates the header; where it says that the content is as it is, it does no harm.
    if (encoding != "binary" && encoding != "8bit" && encoding != "7bit") {
      return broken("a Content-Transfer-Encoding, which HTTP does not need");
    }
  }
  return {};
}

// `text` begins after the delimiter's line end and ends before the next delimiter.
Result<MultipartPart> read_part(std::string_view text) {
  MultipartPart part;
  bool named = false;
  std::size_t used = 0;
  while (true) {
    const std::size_t end = text.substr(0, kMaxPartHeader).find(kLineEnd, used);
    if (end == std::string_view::npos) return broken("a part whose header does not end");
    const std::string_view line = text.substr(used, end - used);
    used = end + kLineEnd.size();
    if (line.empty()) break;
    if (auto read = read_part_header(line, part); !read) return fail(read);
    named = named || equal_ignoring_case(line.substr(0, line.find(':')), "Content-Disposition");
  }
  if (!named) return broken("a part without a name");
  part.content = byte_view(text.substr(used));
  return part;
}

}  // namespace

std::optional<std::string> multipart_boundary(std::string_view content_type) {
  const auto parsed = parse_header_value(content_type);
  if (!parsed || parsed->value != "multipart/form-data") return std::nullopt;
  const auto boundary = parsed->find("boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMaxBoundary) return std::nullopt;
  for (const char c : *boundary) {
    if (c < ' ' || c > '~') return std::nullopt;
  }
  return std::string(*boundary);
}

Result<std::vector<MultipartPart>> parse_multipart(ByteView body, std::string_view boundary) {
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  const std::string delimiter = "\r\n--" + std::string(boundary);
  std::vector<MultipartPart> parts;

  // The first delimiter may stand at the very beginning; what comes before it is to be ignored.
  std::size_t position = 0;
  if (text.starts_with(std::string_view(delimiter).substr(kLineEnd.size()))) {
    position = delimiter.size() - kLineEnd.size();
  } else {
    position = text.find(delimiter);
    if (position == std::string_view::npos) return broken("the boundary does not occur");
    position += delimiter.size();
  }
  while (true) {
    if (text.substr(position).starts_with("--")) return parts;
    const std::size_t line_end = text.find(kLineEnd, position);
    if (line_end == std::string_view::npos || !trimmed(text.substr(position, line_end - position)).empty()) {
      return broken("a boundary that does not end its line");
    }
    // A part without content ends where its header does, so the search begins with that line end.
    const std::size_t end = text.find(delimiter, line_end);
    if (end == std::string_view::npos) return broken("the body ends within a part");
    const std::size_t begin = line_end + kLineEnd.size();
    if (end < begin) return broken("a part without a header");
    if (parts.size() == kMaxParts) return broken("more than 640 parts");
    auto part = read_part(text.substr(begin, end - begin));
    if (!part) return fail(part);
    parts.push_back(std::move(*part));
    position = end + delimiter.size();
  }
}

}  // namespace face_privacy
