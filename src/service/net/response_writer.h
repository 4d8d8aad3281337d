#pragma once

#include <chrono>
#include <string>

#include "service/http/http_message.h"
#include "service/net/body_sink.h"
#include "service/net/connection.h"

namespace face_privacy {

// Writes one answer in steps, each under the stall timeout. Used on the connection's thread.
template <class Stream>
class ResponseWriter {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  ResponseWriter(Connection<Stream>& connection, Milliseconds stall_timeout)
      : connection_(connection), stall_timeout_(stall_timeout) {}

  std::size_t sent_bytes() const { return sent_bytes_; }  // of the body

  // The body's beginning goes with the head. One buffer at a time: where the first of several is
  // empty, as Asio makes it once it is sent, Beast's TLS stream takes it for the end of all.
  Awaitable<WriteEnd> write_bytes(std::string head, ByteView body) {
    constexpr std::size_t kSentWithHead = 8 * 1024;  // in one packet
    std::size_t of_body = std::min(body.size(), kSentWithHead);
    head.append(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(of_body));
    boost::asio::const_buffer step = boost::asio::buffer(head);
    while (true) {
      if (const auto end = co_await connection_.write(step, stall_timeout_); end != WriteEnd::kDone)
        co_return end;
      sent_bytes_ += of_body;
      body = body.subspan(of_body);
      if (body.empty()) co_return WriteEnd::kDone;
      of_body = std::min(body.size(), kStepBytes);
      step = boost::asio::buffer(body.data(), of_body);
    }
  }

  // kGone also where the reader has less than it said.
  Awaitable<WriteEnd> write_from(const BodyReader& reader) {
    Bytes step(static_cast<std::size_t>(std::min<std::uint64_t>(reader.size_bytes, kStepBytes)));
    for (std::uint64_t offset = 0; offset < reader.size_bytes;) {
      const auto wanted =
          static_cast<std::size_t>(std::min<std::uint64_t>(step.size(), reader.size_bytes - offset));
      if (reader.read(offset, std::span(step).first(wanted)) < wanted) co_return WriteEnd::kGone;
      const auto end = co_await write_body(boost::asio::buffer(step.data(), wanted));
      if (end != WriteEnd::kDone) co_return end;
      offset += wanted;
    }
    co_return WriteEnd::kDone;
  }

  // Until the stream ends; kGone where the client leaves, or `cut_short` is set, before that.
  Awaitable<WriteEnd> write_stream(const BodyStream& stream, const std::atomic<bool>& cut_short) {
    constexpr Milliseconds kLook{250};  // for something new to tell
    constexpr std::chrono::seconds kSilence{15};
    boost::asio::steady_timer timer(connection_.executor());
    auto last = std::chrono::steady_clock::now();
    while (auto text = stream()) {
      // Proxies take a connection on which nothing comes for dead.
      if (text->empty() && std::chrono::steady_clock::now() - last > kSilence) *text = ":\n\n";
      if (!text->empty()) {
        const auto end = co_await write_body(boost::asio::buffer(*text));
        if (end != WriteEnd::kDone) co_return end;
        last = std::chrono::steady_clock::now();
      }
      if (cut_short || connection_.peer_gone()) co_return WriteEnd::kGone;
      timer.expires_after(kLook);
      (void)co_await timer.async_wait(kAwait);
    }
    co_return WriteEnd::kDone;
  }

 private:
  Awaitable<WriteEnd> write_body(boost::asio::const_buffer step) {
    const auto end = co_await connection_.write(step, stall_timeout_);
    if (end == WriteEnd::kDone) sent_bytes_ += step.size();
    co_return end;
  }

  Connection<Stream>& connection_;
  const Milliseconds stall_timeout_;
  std::size_t sent_bytes_ = 0;
};

}  // namespace face_privacy
