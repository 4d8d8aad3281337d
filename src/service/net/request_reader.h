#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <optional>
#include <variant>

#include "service/api/problem.h"
#include "service/http/http_message.h"
#include "service/net/body_sink.h"
#include "service/net/connection.h"

namespace face_privacy {

// Reads a connection's requests: the head whole, then the body in steps. Used on the connection's thread.
class RequestReader {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  struct Gone {};

  RequestReader(Connection& connection, bool on_metrics_listener, Milliseconds header_timeout,
                Milliseconds stall_timeout)
      : connection_(connection),
        on_metrics_listener_(on_metrics_listener),
        header_timeout_(header_timeout),
        stall_timeout_(stall_timeout) {}

  Awaitable<std::variant<RequestHead, Problem, Gone>> read_head();

  // What the last head says of the connection.
  bool keep_alive() const { return parser_->get().keep_alive(); }

  // The rest of the body of which `head` tells. `sink` outlives the call.
  Awaitable<BodyEnd> read_body(const RequestHead& head, BodySink& sink);

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;

  RequestHead head() const;
  Problem problem_of(const boost::system::error_code& error) const;
  std::size_t take_buffered(std::span<std::uint8_t> room);  // what came with the head
  Awaitable<boost::system::error_code> parse_some();
  boost::system::error_code end_of_stream();
  Awaitable<BodyEnd> read_chunks(BodySink& sink);

  Connection& connection_;
  const bool on_metrics_listener_;
  const Milliseconds header_timeout_;
  const Milliseconds stall_timeout_;
  std::optional<Parser> parser_;
};

}  // namespace face_privacy
