#pragma once

#include <boost/beast/http.hpp>
#include <optional>
#include <variant>

#include "service/api/problem.h"
#include "service/http/http_message.h"
#include "service/net/body_sink.h"
#include "service/net/connection.h"
#include "service/net/read_deadline.h"

namespace face_privacy {

Method method_of(boost::beast::http::verb verb);
// Whether `error` is of HTTP's form, and not of the connection or of its end.
bool is_broken_http(const boost::system::error_code& error);
// Whether a body of which `received` bytes took `taken` comes so slowly that its client gives up its place.
bool is_too_slow(std::chrono::duration<double> taken, std::uint64_t received,
                 std::chrono::milliseconds stall_timeout);

// Reads a connection's requests: the head whole, then the body in steps. Used on the connection's thread.
template <class Stream>
class RequestReader {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  struct Gone {};

  RequestReader(Connection<Stream>& connection, bool on_metrics_listener, Milliseconds header_timeout,
                Milliseconds stall_timeout)
      : connection_(connection),
        on_metrics_listener_(on_metrics_listener),
        header_timeout_(header_timeout),
        stall_timeout_(stall_timeout) {}

  Awaitable<std::variant<RequestHead, Problem, Gone>> read_head() {
    parser_.emplace();
    parser_->header_limit(kMaxHeaderBytes);
    parser_->body_limit(boost::none);  // counted by the sink, so that the answer can say more
    connection_.wait_without_end();
    connection_.skip_empty_line();
    const ReadDeadline deadline(connection_.socket(), header_timeout_);
    const auto [error, bytes] = co_await boost::beast::http::async_read_header(
        connection_.stream(), connection_.buffer(), *parser_, kAwait);
    if (!error) co_return head();
    if (deadline.passed()) co_return Problem{ProblemCode::kRequestTimeout, "the header took too long"};
    if (is_broken_http(error) && error != HttpError::end_of_stream) co_return problem_of(error);
    co_return Gone{};
  }

  // What the last head says of the connection.
  bool keep_alive() const { return parser_->get().keep_alive(); }

  // The rest of the body of which `head` tells. `sink` outlives the call.
  Awaitable<BodyEnd> read_body(const RequestHead& head, BodySink& sink) {
    if (head.chunked) co_return co_await read_chunks(sink);
    std::uint64_t remaining = head.content_length.value_or(0);
    const auto start = Clock::now();
    std::uint64_t received = 0;
    while (remaining > 0) {
      const auto step = static_cast<std::size_t>(std::min<std::uint64_t>(remaining, kStepBytes));
      const std::span<std::uint8_t> room = sink.prepare(step);
      std::size_t bytes = take_buffered(room);
      if (bytes == 0) {
        connection_.wait_without_end();
        const ReadDeadline deadline(connection_.socket(), stall_timeout_);
        const auto [error, read] = co_await connection_.stream().async_read_some(
            boost::asio::buffer(room.data(), room.size()), kAwait);
        if (error) co_return deadline.passed() ? BodyEnd::kTooSlow : BodyEnd::kGone;
        bytes = read;
      }
      remaining -= bytes;
      received += bytes;
      if (const auto end = sink.commit(bytes)) co_return *end;
      if (is_too_slow(Clock::now() - start, received, stall_timeout_)) co_return BodyEnd::kTooSlow;
    }
    co_return BodyEnd::kComplete;
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using HttpError = boost::beast::http::error;

  static constexpr std::uint32_t kMaxHeaderBytes = 32 * 1024;
  static constexpr std::size_t kChunkStepBytes = 64 * 1024;

  RequestHead head() const {
    const auto& message = parser_->get();
    RequestHead head;
    head.method = method_of(message.method());
    head.target = std::string(message.target());
    for (const auto& field : message)
      head.headers.add(std::string(field.name_string()), std::string(field.value()));
    head.http_1_0 = message.version() < 11;
    if (const auto length = parser_->content_length()) head.content_length = *length;
    head.chunked = parser_->chunked();
    head.on_metrics_listener = on_metrics_listener_;
    return head;
  }

  Problem problem_of(const boost::system::error_code& error) const {
    if (error == HttpError::header_limit || error == HttpError::buffer_overflow) {
      // The target is known once the first line is complete.
      return parser_->get().target().empty() ? Problem{ProblemCode::kTargetTooLong, ""}
                                             : Problem{ProblemCode::kHeaderTooLarge, "32 KiB are allowed"};
    }
    return {ProblemCode::kInvalidRequest, ""};
  }

  // What came with the head.
  std::size_t take_buffered(std::span<std::uint8_t> room) {
    const std::size_t bytes = std::min(room.size(), connection_.buffer().size());
    boost::asio::buffer_copy(boost::asio::buffer(room.data(), bytes), connection_.buffer().data());
    connection_.buffer().consume(bytes);
    return bytes;
  }

  Awaitable<BodyEnd> read_chunks(BodySink& sink) {
    const auto start = Clock::now();
    std::uint64_t received = 0;
    while (!parser_->is_done()) {
      const std::span<std::uint8_t> room = sink.prepare(kChunkStepBytes);
      auto& body = parser_->get().body();
      body.data = room.data();
      body.size = room.size();
      connection_.wait_without_end();
      const ReadDeadline deadline(connection_.socket(), stall_timeout_);
      const auto [error, read] = co_await boost::beast::http::async_read_some(
          connection_.stream(), connection_.buffer(), *parser_, kAwait);
      if (error && error != HttpError::need_buffer) {
        if (deadline.passed()) co_return BodyEnd::kTooSlow;
        co_return is_broken_http(error) ? BodyEnd::kInvalid : BodyEnd::kGone;
      }
      const std::size_t bytes = room.size() - body.size;
      received += bytes;
      if (const auto end = sink.commit(bytes)) co_return *end;
      if (is_too_slow(Clock::now() - start, received, stall_timeout_)) co_return BodyEnd::kTooSlow;
    }
    co_return BodyEnd::kComplete;
  }

  Connection<Stream>& connection_;
  const bool on_metrics_listener_;
  const Milliseconds header_timeout_;
  const Milliseconds stall_timeout_;
  std::optional<Parser> parser_;
};

}  // namespace face_privacy
