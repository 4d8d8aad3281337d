#include "service/http/form.h"

#include <numeric>

#include "crypto/digest.h"
#include "service/http/header_value.h"

namespace face_privacy {
namespace {

constexpr std::string_view kFormType = "multipart/form-data";
constexpr std::size_t kHeadBytes = 256;  // of a part, about

void append(std::string_view text, Bytes& body) { body.insert(body.end(), text.begin(), text.end()); }

std::string head_of(const FormPart& part) {
  std::string head = "Content-Disposition: form-data; name=\"" + std::string(part.name) + "\"";
  if (!part.file_name.empty()) head += "; filename=\"" + std::string(part.file_name) + "\"";
  return head + "\r\nContent-Type: " + std::string(part.media_type) + "\r\n\r\n";
}

}  // namespace

Form write_form(std::span<const FormPart> parts) {
  const std::string boundary = random_hex(16);
  Form form;
  form.content_type = std::string(kFormType) + "; boundary=" + boundary;
  form.body.reserve(std::accumulate(
      parts.begin(), parts.end(), kHeadBytes,
      [](std::size_t sum, const FormPart& part) { return sum + part.content.size() + kHeadBytes; }));
  for (const FormPart& part : parts) {
    append("--" + boundary + "\r\n" + head_of(part), form.body);
    form.body.insert(form.body.end(), part.content.begin(), part.content.end());
    append("\r\n", form.body);
  }
  append("--" + boundary + "--\r\n", form.body);
  return form;
}

bool accepts_form(std::string_view accept) { return to_lower(accept).find(kFormType) != std::string::npos; }

}  // namespace face_privacy
