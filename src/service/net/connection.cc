#include "service/net/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <string_view>
#include <utility>

namespace face_privacy {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t kIdleReadBytes = std::size_t{4} * 1024;  // held by each idle connection

}  // namespace

Connection::Connection(tcp::socket socket, asio::ssl::context* tls) : tcp_(std::move(socket)) {
  if (tls != nullptr) tls_.emplace(tcp_, *tls);
}

Connection::Awaitable<bool> Connection::shake_hands(Milliseconds allowed) {
  if (!tls_) co_return true;
  tcp_.expires_after(allowed);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kAwait);
  co_return !error;
}

bool Connection::peer_gone() {
  pollfd descriptor{socket().native_handle(), POLLRDHUP, 0};
  return ::poll(&descriptor, 1, 0) > 0 && (descriptor.revents & (POLLRDHUP | POLLERR | POLLHUP)) != 0;
}

Connection::Awaitable<bool> Connection::wait_for_bytes(Milliseconds allowed) {
  if (buffer_.size() > 0) co_return true;  // pipelined
  if (buffer_.capacity() > kIdleReadBytes) buffer_.shrink_to_fit();
  tcp_.expires_after(allowed);
  const auto [error, bytes] = co_await read_some(buffer_.prepare(kIdleReadBytes));
  if (error) co_return false;
  buffer_.commit(bytes);
  co_return true;
}

void Connection::skip_empty_line() {
  const auto bytes = buffer_.data();
  const std::string_view text(static_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\r\n")) buffer_.consume(2);
}

Connection::Awaitable<Connection::Transferred> Connection::read_some(asio::mutable_buffer room) {
  if (tls_) co_return co_await tls_->async_read_some(room, kAwait);
  co_return co_await tcp_.async_read_some(room, kAwait);
}

Connection::Awaitable<Connection::ErrorCodeOf> Connection::read_into_buffer() {
  const std::size_t room = std::min(kMaxBufferedBytes - buffer_.size(),
                                    std::max<std::size_t>(512, buffer_.capacity() - buffer_.size()));
  if (room == 0) co_return boost::beast::http::error::buffer_overflow;
  const auto [error, bytes] = co_await read_some(buffer_.prepare(room));
  buffer_.commit(bytes);
  co_return error;
}

Connection::Awaitable<Connection::Transferred> Connection::write_some(asio::const_buffer bytes) {
  if (tls_) co_return co_await tls_->async_write_some(bytes, kAwait);
  co_return co_await tcp_.async_write_some(bytes, kAwait);
}

Connection::Awaitable<WriteEnd> Connection::write(asio::const_buffer bytes, Milliseconds allowed) {
  tcp_.expires_after(allowed);
  while (bytes.size() > 0) {
    const auto [error, count] = co_await write_some(bytes);
    if (error == boost::beast::error::timeout) co_return WriteEnd::kTooSlow;
    if (error) co_return WriteEnd::kGone;
    bytes += count;
  }
  co_return WriteEnd::kDone;
}

Connection::Awaitable<void> Connection::linger() {
  constexpr std::chrono::seconds kLinger{5};
  if (tls_) {
    tcp_.expires_after(kLinger);
    (void)co_await tls_->async_shutdown(kAwait);
  }
  ErrorCodeOf ignored;
  (void)socket().shutdown(tcp::socket::shutdown_send, ignored);
  std::array<std::uint8_t, kIdleReadBytes> scratch;
  tcp_.expires_after(kLinger);
  while (true) {
    const auto [error, bytes] = co_await tcp_.async_read_some(asio::buffer(scratch), kAwait);
    if (error) co_return;
  }
}

}  // namespace face_privacy
