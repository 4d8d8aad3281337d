// A request's head, from Beast's parser to what the handler takes. The fuzz target takes the same way.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/verb.hpp>
#include <cstdint>
#include <string>

#include "service/http/http_message.h"

namespace face_privacy {

inline constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;

inline Method method_of(boost::beast::http::verb verb) {
  using Verb = boost::beast::http::verb;
  switch (verb) {
    case Verb::get: return Method::kGet;
    case Verb::head: return Method::kHead;
    case Verb::post: return Method::kPost;
    case Verb::put: return Method::kPut;
    case Verb::delete_: return Method::kDelete;
    case Verb::options: return Method::kOptions;
    default: return Method::kOther;
  }
}

// Of a parser that is done with the header.
template <class Body>
RequestHead head_of(const boost::beast::http::request_parser<Body>& parser) {
  const auto& message = parser.get();
  RequestHead head;
  head.method = method_of(message.method());
  head.target = std::string(message.target());
  for (const auto& field : message)
    head.headers.add(std::string(field.name_string()), std::string(field.value()));
  head.http_1_0 = message.version() < 11;
  if (const auto length = parser.content_length()) head.content_length = *length;
  head.chunked = parser.chunked();
  return head;
}

}  // namespace face_privacy
