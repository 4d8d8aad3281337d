#include "service/http/http_message.h"

#include <algorithm>
#include <ctime>

namespace face_privacy {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 302: return "Found";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "";
  }
}

}  // namespace

std::string_view name_of(Method method) {
  switch (method) {
    case Method::kGet: return "GET";
    case Method::kHead: return "HEAD";
    case Method::kPost: return "POST";
    case Method::kPut: return "PUT";
    case Method::kDelete: return "DELETE";
    case Method::kOptions: return "OPTIONS";
    case Method::kOther: return "other";
  }
  return "other";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::add(std::string name, std::string value) {
  fields_.push_back({std::move(name), std::move(value)});
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) {
    return equal_ignoring_case(field.name, name);
  }));
}

ByteView Body::view() const {
  if (const auto* bytes = std::get_if<Bytes>(&content_)) return *bytes;
  if (const auto* held = std::get_if<Held>(&content_)) return held->bytes;
  return byte_view(text());
}

std::string_view Body::text() const {
  if (const auto* own = std::get_if<std::string>(&content_)) return *own;
  if (const auto* shared = std::get_if<std::shared_ptr<const std::string>>(&content_)) {
    return *shared ? std::string_view(**shared) : std::string_view();
  }
  const ByteView bytes = view();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string serialize_head(const Response& response, const ResponseHeadOptions& options) {
  std::string head;
  head.reserve(1024);
  const auto line = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  head.append(reason_phrase(response.status)).append("\r\n");
  line("Date", options.date);
  line("Connection", options.keep_alive ? "keep-alive" : "close");
  for (const Headers::Field& field : response.headers) line(field.name, field.value);
  // RFC 9110: neither a 204 nor, without its body's length at hand, a 304 carries one.
  if (response.status != 204 && response.status != 304 && !response.stream) {
    line("Content-Length", std::to_string(response.size_bytes()));
  }
  head.append("\r\n");
  return head;
}

std::string http_date(std::int64_t unix_seconds) {
  const std::time_t time = unix_seconds;
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[64];
  // The C locale is in force: nothing in this program sets another.
  const std::size_t length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
  return {text, length};
}

}  // namespace face_privacy
