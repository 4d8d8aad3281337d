#include "service/api/request_body.h"

#include "codec/codec.h"
#include "service/http/multipart.h"

namespace face_privacy {
namespace {

// A receipt may come as a file, but is none.
bool is_photo(const MultipartPart& part) {
  if (part.name == "receipt") return false;
  if (part.has_file_name) return true;
  const bool says_text = part.media_type.empty() || part.media_type.starts_with("text/") ||
                         part.media_type == "application/json";
  return !says_text || sniff_format(part.content).has_value();
}

}  // namespace

OrProblem<PhotoBody> read_plain_body(ByteView body) {
  if (body.empty()) return tl::unexpected(Problem{ProblemCode::kMissingPhoto, "the body is empty"});
  return PhotoBody{body, {}, {}, {}};
}

OrProblem<PhotoBody> read_multipart_body(ByteView body, std::string_view boundary) {
  const auto parts = parse_multipart(body, boundary);
  if (!parts) return tl::unexpected(Problem{ProblemCode::kInvalidMultipart, parts.error().message});
  PhotoBody result;
  bool found = false;
  for (const MultipartPart& part : *parts) {
    if (const auto person = person_of_part(part.name)) {
      result.references.push_back({std::string(*person), part.content});
    } else if (const auto photo = photo_of_part(part.name)) {
      result.faces.push_back({std::string(*photo), part.content});
    } else if (is_photo(part)) {
      if (found)
        return tl::unexpected(Problem{ProblemCode::kSeveralPhotos, "send one request for each photo"});
      found = true;
      result.photo = part.content;
    } else {
      if (part.content.size() > kMaxOptionBytes) {
        return tl::unexpected(Problem{ProblemCode::kInvalidOption, "an option is longer than 1 MiB"});
      }
      result.options.push_back({part.name, std::string(part.content.begin(), part.content.end())});
    }
  }
  return result;
}

}  // namespace face_privacy
