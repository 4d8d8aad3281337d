// One request to an HTTP server, and its answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "base/stop_condition.h"
#include "http_client/server_url.h"

namespace face_privacy {

struct Credentials {
  std::string user;  // empty: none are sent
  std::string password;
};

using HttpFields = std::vector<std::pair<std::string, std::string>>;  // name and value of header fields

struct HttpCall {
  std::string method;  // "GET", "POST", "PUT", "DELETE"
  std::string path;    // below the server's prefix, with its query, already encoded
  std::string body;
  std::string content_type;
  std::size_t max_answer_bytes = 0;
  HttpFields fields = {};
};

struct HttpReply {
  int status = 0;
  std::string body;
  HttpFields fields = {};  // names in lower case

  std::string_view field(std::string_view name) const;  // empty where there is none
};

enum class HttpFault : std::uint8_t {
  kUnreachable,  // no connection, none that can be trusted, or it broke
  kTooSlow,      // the time is over
  kTooLarge,     // more bytes than asked for
};

struct HttpError {
  HttpFault fault{};
  std::string message;  // one sentence for the operator; holds no password
};

// HTTP/1.1, a connection for each call; of https the certificate is checked against the system's authorities.
// Redirections are not followed. Waits on the calling thread until `stop`.
tl::expected<HttpReply, HttpError> send_http(const ServerUrl& server, const Credentials& credentials,
                                             const HttpCall& call, const StopCondition& stop);

}  // namespace face_privacy
