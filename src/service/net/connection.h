#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <optional>
#include <tuple>

namespace face_privacy {

// Errors come back beside the result; nothing that a client does throws.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

enum class WriteEnd { kDone, kGone, kTooSlow };

// A client's stream, with or without TLS, and what was read of it and not yet used. Every wait has an end.
// Used on the stream's own thread.
class Connection {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;
  using ErrorCodeOf = boost::system::error_code;
  using Transferred = std::tuple<ErrorCodeOf, std::size_t>;  // bytes

  // `tls` may be null, and outlives the connection.
  Connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context* tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  boost::beast::flat_buffer& buffer() { return buffer_; }
  boost::asio::ip::tcp::socket& socket() { return tcp_.socket(); }
  boost::asio::any_io_executor executor() { return tcp_.get_executor(); }
  void wait_without_end() { tcp_.expires_never(); }  // for who brings a ReadDeadline

  Awaitable<bool> shake_hands(Milliseconds allowed);
  // Sees the end of the client's side whatever still lies unread before it.
  bool peer_gone();
  // Until there is something to read; false: there will be nothing.
  Awaitable<bool> wait_for_bytes(Milliseconds allowed);
  // One before a request, which some clients send behind a body (RFC 9112, 2.2).
  void skip_empty_line();
  Awaitable<Transferred> read_some(boost::asio::mutable_buffer room);
  // Reads on behind what is in the buffer; an error, too, where nothing more goes into it.
  Awaitable<ErrorCodeOf> read_into_buffer();
  Awaitable<WriteEnd> write(boost::asio::const_buffer bytes, Milliseconds allowed);
  // After an answer that ends the connection: time for the client to stop sending and read it. Closing
  // at once would make the kernel reset the connection and throw the answer away.
  Awaitable<void> linger();

 private:
  // Header, and what came with it. Trailers are read from here as a whole, and Beast throws where one is
  // longer than 16 bits can count: what does not fit here is refused before.
  static constexpr std::size_t kMaxBufferedBytes = std::size_t{64} * 1024;

  Awaitable<Transferred> write_some(boost::asio::const_buffer bytes);

  boost::beast::tcp_stream tcp_;
  std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
  boost::beast::flat_buffer buffer_{kMaxBufferedBytes};
};

}  // namespace face_privacy
