#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "service/http/http_message.h"
#include "service/net/connection.h"

namespace face_privacy {

// Writes one answer in steps, each under the stall timeout. Used on the connection's thread.
class ResponseWriter {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  ResponseWriter(Connection& connection, Milliseconds stall_timeout)
      : connection_(connection), stall_timeout_(stall_timeout) {}

  std::size_t sent_bytes() const { return sent_bytes_; }  // of the body

  Awaitable<WriteEnd> write_bytes(std::string head, ByteView body);
  // kGone also where the reader has less than it said.
  Awaitable<WriteEnd> write_from(const BodyReader& reader);
  // Until the stream ends; kGone where the client leaves, or `cut_short` is set, before that.
  Awaitable<WriteEnd> write_stream(const BodyStream& stream, const std::atomic<bool>& cut_short);

 private:
  Awaitable<WriteEnd> write_body(boost::asio::const_buffer step);

  Connection& connection_;
  const Milliseconds stall_timeout_;
  std::size_t sent_bytes_ = 0;
};

}  // namespace face_privacy
