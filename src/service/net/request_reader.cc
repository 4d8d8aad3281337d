#include "service/net/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <string>

#include "service/net/beast_head.h"
#include "service/net/read_deadline.h"

namespace face_privacy {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Clock = std::chrono::steady_clock;
using ErrorCodeOf = boost::system::error_code;

constexpr std::size_t kChunkStepBytes = std::size_t{64} * 1024;

// Whether `error` is of HTTP's form, and not of the connection or of its end.
bool is_broken_http(const boost::system::error_code& error) {
  return error.category() == http::make_error_code(http::error::end_of_stream).category() &&
         error != http::error::partial_message;
}

// Whether a body of which `received` bytes took `taken` comes so slowly that its client gives up its place.
bool is_too_slow(std::chrono::duration<double> taken, std::uint64_t received,
                 std::chrono::milliseconds stall_timeout) {
  // At this rate a phone's 4 MB photo takes four minutes.
  constexpr double kMinBytesPerSecond = 16 * 1024;
  return taken >
         stall_timeout + std::chrono::duration<double>(static_cast<double>(received) / kMinBytesPerSecond);
}

}  // namespace

RequestReader::Awaitable<std::variant<RequestHead, Problem, RequestReader::Gone>> RequestReader::read_head() {
  parser_.emplace();
  parser_->header_limit(kMaxHeaderBytes);
  parser_->body_limit(boost::none);  // counted by the sink, so that the answer can say more
  connection_.wait_without_end();
  connection_.skip_empty_line();
  const ReadDeadline deadline(connection_.socket(), header_timeout_);
  ErrorCodeOf error;
  while (!error && !parser_->is_header_done()) error = co_await parse_some();
  if (!error) co_return head();
  if (deadline.passed()) co_return Problem{ProblemCode::kRequestTimeout, "the header took too long"};
  if (is_broken_http(error) && error != http::error::end_of_stream) co_return problem_of(error);
  co_return Gone{};
}

// One step of the parser, on what is in the buffer and what has to be read for it.
RequestReader::Awaitable<boost::system::error_code> RequestReader::parse_some() {
  auto& buffer = connection_.buffer();
  for (;;) {
    ErrorCodeOf parsed = http::error::need_more;
    if (buffer.size() > 0) buffer.consume(parser_->put(buffer.data(), parsed));
    if (parsed != http::error::need_more) co_return parsed;
    const ErrorCodeOf error = co_await connection_.read_into_buffer();
    if (error == asio::error::eof) co_return end_of_stream();
    if (error) co_return error;
  }
}

ErrorCodeOf RequestReader::end_of_stream() {
  ErrorCodeOf error = http::error::end_of_stream;
  if (parser_->got_some()) parser_->put_eof(error);
  return error;
}

RequestHead RequestReader::head() const {
  RequestHead head = head_of(*parser_);
  head.on_metrics_listener = on_metrics_listener_;
  return head;
}

Problem RequestReader::problem_of(const ErrorCodeOf& error) const {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    // The target is known once the first line is complete.
    return parser_->get().target().empty() ? Problem{ProblemCode::kTargetTooLong, ""}
                                           : Problem{ProblemCode::kHeaderTooLarge, "32 KiB are allowed"};
  }
  return {ProblemCode::kInvalidRequest, ""};
}

RequestReader::Awaitable<BodyEnd> RequestReader::read_body(const RequestHead& head, BodySink& sink) {
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
      const auto [error, read] = co_await connection_.read_some(asio::buffer(room.data(), room.size()));
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

std::size_t RequestReader::take_buffered(std::span<std::uint8_t> room) {
  const std::size_t bytes = std::min(room.size(), connection_.buffer().size());
  asio::buffer_copy(asio::buffer(room.data(), bytes), connection_.buffer().data());
  connection_.buffer().consume(bytes);
  return bytes;
}

RequestReader::Awaitable<BodyEnd> RequestReader::read_chunks(BodySink& sink) {
  const auto start = Clock::now();
  std::uint64_t received = 0;
  while (!parser_->is_done()) {
    const std::span<std::uint8_t> room = sink.prepare(kChunkStepBytes);
    auto& body = parser_->get().body();
    body.data = room.data();
    body.size = room.size();
    connection_.wait_without_end();
    const ReadDeadline deadline(connection_.socket(), stall_timeout_);
    const auto error = co_await parse_some();
    if (error && error != http::error::need_buffer) {
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

}  // namespace face_privacy
