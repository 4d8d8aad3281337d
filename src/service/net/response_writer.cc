#include "service/net/response_writer.h"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <span>
#include <utility>

#include "service/net/body_sink.h"

namespace face_privacy {
namespace {

namespace asio = boost::asio;

}  // namespace

// The body's beginning goes with the head. One buffer at a time: where the first of several is
// empty, as Asio makes it once it is sent, Beast's TLS stream takes it for the end of all.
ResponseWriter::Awaitable<WriteEnd> ResponseWriter::write_bytes(std::string head, ByteView body) {
  constexpr std::size_t kSentWithHead = std::size_t{8} * 1024;  // in one packet
  std::size_t of_body = std::min(body.size(), kSentWithHead);
  head.append(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(of_body));
  asio::const_buffer step = asio::buffer(head);
  while (true) {
    if (const auto end = co_await connection_.write(step, stall_timeout_); end != WriteEnd::kDone)
      co_return end;
    sent_bytes_ += of_body;
    body = body.subspan(of_body);
    if (body.empty()) co_return WriteEnd::kDone;
    of_body = std::min(body.size(), kStepBytes);
    step = asio::buffer(body.data(), of_body);
  }
}

ResponseWriter::Awaitable<WriteEnd> ResponseWriter::write_from(const BodyReader& reader) {
  Bytes step(static_cast<std::size_t>(std::min<std::uint64_t>(reader.size_bytes, kStepBytes)));
  for (std::uint64_t offset = 0; offset < reader.size_bytes;) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(step.size(), reader.size_bytes - offset));
    if (reader.read(offset, std::span(step).first(wanted)) < wanted) co_return WriteEnd::kGone;
    const auto end = co_await write_body(asio::buffer(step.data(), wanted));
    if (end != WriteEnd::kDone) co_return end;
    offset += wanted;
  }
  co_return WriteEnd::kDone;
}

ResponseWriter::Awaitable<WriteEnd> ResponseWriter::write_stream(const BodyStream& stream,
                                                                 const std::atomic<bool>& cut_short) {
  constexpr Milliseconds kLook{250};  // for something new to tell
  constexpr std::chrono::seconds kSilence{15};
  asio::steady_timer timer(connection_.executor());
  auto last = std::chrono::steady_clock::now();
  while (auto text = stream()) {
    // Proxies take a connection on which nothing comes for dead.
    if (text->empty() && std::chrono::steady_clock::now() - last > kSilence) *text = ":\n\n";
    if (!text->empty()) {
      const auto end = co_await write_body(asio::buffer(*text));
      if (end != WriteEnd::kDone) co_return end;
      last = std::chrono::steady_clock::now();
    }
    if (cut_short || connection_.peer_gone()) co_return WriteEnd::kGone;
    timer.expires_after(kLook);
    (void)co_await timer.async_wait(kAwait);
  }
  co_return WriteEnd::kDone;
}

ResponseWriter::Awaitable<WriteEnd> ResponseWriter::write_body(asio::const_buffer step) {
  const auto end = co_await connection_.write(step, stall_timeout_);
  if (end == WriteEnd::kDone) sent_bytes_ += step.size();
  co_return end;
}

}  // namespace face_privacy
