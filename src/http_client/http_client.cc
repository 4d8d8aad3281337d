#include "http_client/http_client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <functional>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

namespace face_privacy {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::awaitable;
using asio::ip::tcp;
using ErrorCodeOf = boost::system::error_code;
using Reply = tl::expected<HttpReply, HttpError>;
using Moved = std::tuple<ErrorCodeOf, std::size_t>;  // bytes read or written

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

tl::unexpected<HttpError> http_fault(HttpFault fault, std::string message) {
  return tl::unexpected<HttpError>(HttpError{fault, std::move(message)});
}

tl::unexpected<HttpError> unreachable(const char* what, const ErrorCodeOf& error) {
  return http_fault(HttpFault::kUnreachable, std::string(what) + ": " + error.message());
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return lower;
}

// "Basic" (RFC 7617): base64 with padding, of which the project's own knows only the other kind.
std::string basic(const Credentials& credentials) {
  const std::string pair = credentials.user + ":" + credentials.password;
  std::vector<unsigned char> text(4 * (pair.size() / 3 + 1) + 1);
  const int size = EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(pair.data()),
                                   static_cast<int>(pair.size()));
  return "Basic " + std::string(text.begin(), text.begin() + size);
}

// The request but for its body.
std::string head_of(const ServerUrl& server, const Credentials& credentials, const HttpCall& call) {
  std::string head = call.method + " " + server.prefix + call.path + " HTTP/1.1\r\n";
  const auto add = [&head](std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", server.authority());
  add("User-Agent", "face-privacy");
  add("Connection", "close");
  if (!credentials.user.empty()) add("Authorization", basic(credentials));
  for (const auto& [name, value] : call.fields) add(name, value);
  if (!call.content_type.empty()) add("Content-Type", call.content_type);
  if (!call.body.empty() || call.method == "POST" || call.method == "PUT") {
    add("Content-Length", std::to_string(call.body.size()));
  }
  return head + "\r\n";
}

// With TLS or without: what is written and read over it is compiled once for both.
class Connection {
 public:
  explicit Connection(asio::io_context& context) : socket_(context) {}

  // The error, with what it kept from being done.
  awaitable<std::optional<tl::unexpected<HttpError>>> open(const ServerUrl& server);

  awaitable<ErrorCodeOf> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto [error, count] = co_await write_some(asio::buffer(bytes));
      if (error) co_return error;
      bytes.remove_prefix(count);
    }
    co_return ErrorCodeOf();
  }
  awaitable<Moved> read_some(asio::mutable_buffer room) {
    if (tls_) co_return co_await tls_->async_read_some(room, kAwait);
    co_return co_await socket_.async_read_some(room, kAwait);
  }

 private:
  awaitable<Moved> write_some(asio::const_buffer bytes) {
    if (tls_) co_return co_await tls_->async_write_some(bytes, kAwait);
    co_return co_await socket_.async_write_some(bytes, kAwait);
  }
  awaitable<ErrorCodeOf> shake_hands(const std::string& host);

  tcp::socket socket_;
  std::optional<asio::ssl::context> tls_context_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

awaitable<ErrorCodeOf> Connection::shake_hands(const std::string& host) {
  tls_context_.emplace(asio::ssl::context::tls_client);
  tls_context_->set_default_verify_paths();
  SSL_CTX_set_min_proto_version(tls_context_->native_handle(), TLS1_2_VERSION);
  tls_.emplace(socket_, *tls_context_);
  tls_->set_verify_mode(asio::ssl::verify_peer);
  tls_->set_verify_callback(asio::ssl::host_name_verification(host));
  SSL_set_tlsext_host_name(tls_->native_handle(), host.c_str());
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return error;
}

awaitable<std::optional<tl::unexpected<HttpError>>> Connection::open(const ServerUrl& server) {
  tcp::resolver resolver(socket_.get_executor());
  const auto [not_found, places] =
      co_await resolver.async_resolve(server.host, std::to_string(server.port), kAwait);
  if (not_found) co_return unreachable("the host is not known", not_found);
  const auto [no_connection, place] = co_await asio::async_connect(socket_, places, kAwait);
  if (no_connection) co_return unreachable("there is no connection", no_connection);
  if (!server.tls) co_return std::nullopt;
  const auto untrusted = co_await shake_hands(server.host);
  if (untrusted) co_return unreachable("there is no TLS connection that can be trusted", untrusted);
  co_return std::nullopt;
}

using Parser = http::response_parser<http::string_body>;

// Feeds `parser` until the answer is whole.
awaitable<ErrorCodeOf> read_answer(Connection& connection, Parser& parser) {
  constexpr std::size_t kStepBytes = std::size_t{64} * 1024;
  beast::flat_buffer buffer;
  ErrorCodeOf error;
  while (!parser.is_done()) {
    const auto [end, count] = co_await connection.read_some(buffer.prepare(kStepBytes));
    if (end == asio::error::eof && parser.got_some()) {
      parser.put_eof(error);
      co_return error;
    }
    if (end) co_return end;
    buffer.commit(count);
    buffer.consume(parser.put(buffer.data(), error));
    if (error && error != http::error::need_more) co_return error;
  }
  co_return ErrorCodeOf();
}

Reply reply_of(Parser& parser) {
  HttpReply reply;
  reply.status = static_cast<int>(parser.get().result_int());
  reply.body = std::move(parser.get().body());
  for (const auto& field : parser.get()) {
    reply.fields.emplace_back(lower_case(field.name_string()), field.value());
  }
  return reply;
}

awaitable<Reply> call_server(asio::io_context& context, const ServerUrl& server, const std::string& head,
                             const HttpCall& call) {
  Connection connection(context);
  if (auto fault = co_await connection.open(server)) co_return *fault;
  auto unsent = co_await connection.write(head);
  if (!unsent) unsent = co_await connection.write(call.body);
  if (unsent) co_return unreachable("the request could not be sent", unsent);
  Parser parser;
  parser.eager(true);
  parser.body_limit(call.max_answer_bytes);
  const auto unread = co_await read_answer(connection, parser);
  if (unread == http::error::body_limit) {
    co_return http_fault(HttpFault::kTooLarge,
                         "the answer has more than " + std::to_string(call.max_answer_bytes) + " bytes");
  }
  if (unread) co_return unreachable("the answer could not be read", unread);
  co_return reply_of(parser);
}

}  // namespace

std::string_view HttpReply::field(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

tl::expected<HttpReply, HttpError> send_http(const ServerUrl& server, const Credentials& credentials,
                                             const HttpCall& call, const StopCondition& stop) {
  const std::string head = head_of(server, credentials, call);
  std::optional<Reply> reply;
  asio::io_context context(1);
  asio::co_spawn(context, call_server(context, server, head, call),
                 [&](const std::exception_ptr& fault, Reply answer) {
                   if (fault) std::rethrow_exception(fault);
                   reply = std::move(answer);
                 });
  const std::stop_callback<std::function<void()>> cancel(stop.stop_token(), [&context] { context.stop(); });
  if (stop.deadline()) {
    context.run_until(*stop.deadline());
  } else {
    context.run();
  }
  if (!reply) return http_fault(HttpFault::kTooSlow, "there was no answer in time");
  if (!*reply) reply->error().message = server.text() + ": " + reply->error().message;
  return std::move(*reply);
}

}  // namespace face_privacy
