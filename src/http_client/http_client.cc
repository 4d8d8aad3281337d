#include "http_client/http_client.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
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

http::request<http::string_body> request_of(const ServerUrl& server, const Credentials& credentials,
                                            const HttpCall& call) {
  http::request<http::string_body> request;
  request.method_string(call.method);
  request.target(server.prefix + call.path);
  request.version(11);
  request.set(http::field::host, server.authority());
  request.set(http::field::user_agent, "face-privacy");
  request.set(http::field::connection, "close");
  if (!credentials.user.empty()) request.set(http::field::authorization, basic(credentials));
  for (const auto& [name, value] : call.fields) request.set(name, value);
  if (!call.content_type.empty()) request.set(http::field::content_type, call.content_type);
  request.body() = call.body;
  request.prepare_payload();
  return request;
}

template <class Stream>
awaitable<Reply> exchange(Stream& stream, const http::request<http::string_body>& request,
                          std::size_t limit) {
  const auto [write_error, written] = co_await http::async_write(stream, request, kAwait);
  if (write_error) co_return unreachable("the request could not be sent", write_error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limit);
  const auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kAwait);
  if (read_error == http::error::body_limit) {
    co_return http_fault(HttpFault::kTooLarge,
                         "the answer has more than " + std::to_string(limit) + " bytes");
  }
  if (read_error) co_return unreachable("the answer could not be read", read_error);
  Reply reply = HttpReply{};
  reply->status = static_cast<int>(parser.get().result_int());
  reply->body = std::move(parser.get().body());
  for (const auto& field : parser.get()) {
    reply->fields.emplace_back(lower_case(field.name_string()), field.value());
  }
  co_return reply;
}

awaitable<Reply> exchange_over_tls(beast::tcp_stream& connected, const ServerUrl& server,
                                   const http::request<http::string_body>& request, std::size_t limit) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_default_verify_paths();
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  beast::ssl_stream<beast::tcp_stream&> stream(connected, context);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(server.host));
  SSL_set_tlsext_host_name(stream.native_handle(), server.host.c_str());
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
  if (error) co_return unreachable("there is no TLS connection that can be trusted", error);
  co_return co_await exchange(stream, request, limit);
}

awaitable<Reply> call_server(asio::io_context& context, const ServerUrl& server,
                             const http::request<http::string_body>& request, std::size_t limit) {
  tcp::resolver resolver(context);
  const auto [not_found, places] =
      co_await resolver.async_resolve(server.host, std::to_string(server.port), kAwait);
  if (not_found) co_return unreachable("the host is not known", not_found);
  beast::tcp_stream stream(context);
  stream.expires_never();  // one deadline for all of it
  const auto [no_connection, place] = co_await stream.async_connect(places, kAwait);
  if (no_connection) co_return unreachable("there is no connection", no_connection);
  if (server.tls) co_return co_await exchange_over_tls(stream, server, request, limit);
  co_return co_await exchange(stream, request, limit);
}

}  // namespace

std::string_view HttpReply::field(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? std::string_view() : std::string_view(found->second);
}

tl::expected<HttpReply, HttpError> send_http(const ServerUrl& server, const Credentials& credentials,
                                             const HttpCall& call, const StopCondition& stop) {
  const auto request = request_of(server, credentials, call);
  std::optional<Reply> reply;
  asio::io_context context(1);
  asio::co_spawn(context, call_server(context, server, request, call.max_answer_bytes),
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
