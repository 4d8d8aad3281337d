// A request and an answer as plain values, so that everything between them is a function that needs
// no network.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"

namespace face_privacy {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kDelete, kOptions, kOther };
std::string_view name_of(Method method);

// Names compare without regard to case; the order is kept.
class Headers {
 public:
  struct Field {
    std::string name;
    std::string value;
  };

  void add(std::string name, std::string value);
  std::optional<std::string_view> find(std::string_view name) const;  // the first of that name
  std::size_t count(std::string_view name) const;
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b);

struct RequestHead {
  Method method = Method::kOther;
  std::string target;  // as it was sent
  Headers headers;
  bool http_1_0 = false;
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool on_metrics_listener = false;

  bool announces_body() const { return chunked || content_length.value_or(0) > 0; }
};

// What an answer carries: bytes of its own, or shared ones that many answers carry.
class Body {
 public:
  Body() = default;
  explicit Body(Bytes bytes) : content_(std::move(bytes)) {}
  explicit Body(std::string text) : content_(std::move(text)) {}
  explicit Body(std::shared_ptr<const std::string> shared) : content_(std::move(shared)) {}
  Body(ByteView bytes, std::shared_ptr<const void> owner) : content_(Held{bytes, std::move(owner)}) {}

  ByteView view() const;
  std::string_view text() const;
  bool shared() const { return std::holds_alternative<std::shared_ptr<const std::string>>(content_); }

 private:
  struct Held {
    ByteView bytes;
    std::shared_ptr<const void> owner;  // as long as it lives, so do the bytes
  };
  std::variant<std::string, Bytes, std::shared_ptr<const std::string>, Held> content_;
};

// A body that is read piece by piece while it is sent.
struct BodyReader {
  std::uint64_t size_bytes = 0;
  // Fills `room` with what is at `offset`; less than that: it cannot be read any more.
  std::function<std::size_t(std::uint64_t offset, std::span<std::uint8_t> room)> read;
};

// A body that comes into being while it is sent; its end is the end of the connection. Asked a few times a
// second: nothing ends it, an empty text says that there is nothing new.
using BodyStream = std::function<std::optional<std::string>()>;

struct Response {
  int status = 200;
  Headers headers;
  Body body;
  std::optional<BodyReader> reader;  // takes the place of `body`
  BodyStream stream;                 // likewise
  std::string_view problem_code;     // of an error, for logs and metrics; static text
  bool close = false;                // the connection cannot be used after this answer

  std::uint64_t size_bytes() const { return reader ? reader->size_bytes : body.view().size(); }
};

struct ResponseHeadOptions {
  bool keep_alive = true;
  std::string_view date;  // IMF-fixdate
};

// The status line and the headers, with Content-Length, up to the empty line.
std::string serialize_head(const Response& response, const ResponseHeadOptions& options);

// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t unix_seconds);

}  // namespace face_privacy
