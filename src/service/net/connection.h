#pragma once

#include <poll.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <string_view>
#include <type_traits>
#include <utility>

namespace face_privacy {

// Errors come back beside the result; nothing that a client does throws.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

enum class WriteEnd { kDone, kGone, kTooSlow };

// A client's stream, with or without TLS, and what was read of it and not yet used. Every wait has an end.
// Used on the stream's own thread.
template <class Stream>
class Connection {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  static constexpr bool kTls = !std::is_same_v<Stream, boost::beast::tcp_stream>;
  static constexpr std::size_t kIdleReadBytes = 4 * 1024;  // held by each idle connection

  explicit Connection(Stream stream) : stream_(std::move(stream)) {}

  Stream& stream() { return stream_; }
  boost::beast::flat_buffer& buffer() { return buffer_; }
  boost::asio::ip::tcp::socket& socket() { return tcp().socket(); }
  auto executor() { return stream_.get_executor(); }
  void wait_without_end() { tcp().expires_never(); }  // for who brings a ReadDeadline

  Awaitable<bool> shake_hands(Milliseconds allowed) {
    if constexpr (kTls) {
      tcp().expires_after(allowed);
      const auto [error] = co_await stream_.async_handshake(boost::asio::ssl::stream_base::server, kAwait);
      co_return !error;
    }
    co_return true;
  }

  // POLLRDHUP sees the end of the client's side whatever still lies unread before it.
  bool peer_gone() {
    pollfd descriptor{socket().native_handle(), POLLRDHUP, 0};
    return ::poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0;
  }

  // Until there is something to read; false: there will be nothing.
  Awaitable<bool> wait_for_bytes(Milliseconds allowed) {
    if (buffer_.size() > 0) co_return true;  // pipelined
    if (buffer_.capacity() > kIdleReadBytes) buffer_.shrink_to_fit();
    tcp().expires_after(allowed);
    const auto [error, bytes] = co_await stream_.async_read_some(buffer_.prepare(kIdleReadBytes), kAwait);
    if (error) co_return false;
    buffer_.commit(bytes);
    co_return true;
  }

  // One before a request, which some clients send behind a body (RFC 9112, 2.2).
  void skip_empty_line() {
    const auto bytes = buffer_.data();
    const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("\r\n")) buffer_.consume(2);
  }

  Awaitable<WriteEnd> write(boost::asio::const_buffer bytes, Milliseconds allowed) {
    tcp().expires_after(allowed);
    const auto [error, count] = co_await boost::asio::async_write(stream_, bytes, kAwait);
    if (!error) co_return WriteEnd::kDone;
    co_return error == boost::beast::error::timeout ? WriteEnd::kTooSlow : WriteEnd::kGone;
  }

  // After an answer that ends the connection: time for the client to stop sending and read it. Closing
  // at once would make the kernel reset the connection and throw the answer away.
  Awaitable<void> linger() {
    constexpr std::chrono::seconds kLinger{5};
    if constexpr (kTls) {
      tcp().expires_after(kLinger);
      (void)co_await stream_.async_shutdown(kAwait);
    }
    boost::system::error_code ignored;
    socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    std::array<std::uint8_t, kIdleReadBytes> scratch;
    tcp().expires_after(kLinger);
    while (true) {
      const auto [error, bytes] = co_await tcp().async_read_some(boost::asio::buffer(scratch), kAwait);
      if (error) co_return;
    }
  }

 private:
  // Header, and what came with it. Trailers are read from here as a whole, and Beast throws where one is
  // longer than 16 bits can count: what does not fit here is refused before.
  static constexpr std::size_t kMaxBufferedBytes = 64 * 1024;

  boost::beast::tcp_stream& tcp() { return boost::beast::get_lowest_layer(stream_); }

  Stream stream_;
  boost::beast::flat_buffer buffer_{kMaxBufferedBytes};
};

}  // namespace face_privacy
