// One request to an HTTP server, and its answer.
#pragma once

#include <string>

#include "base/stop_condition.h"
#include "registry/fault.h"
#include "registry/references.h"

namespace face_privacy {

struct Credentials {
  std::string user;  // empty: none are sent
  std::string password;
};

struct HttpCall {
  std::string method;  // "GET", "POST", "PUT"
  std::string path;    // below the server's prefix, with its query, already encoded
  std::string body;
  std::string content_type;
  std::size_t max_answer_bytes = 0;
};

struct HttpReply {
  int status = 0;
  std::string body;
};

// HTTP/1.1, a connection for each call; of https the certificate is checked against the system's authorities.
// Redirections are not followed. Waits on the calling thread until `stop`. kUnreachable, kTooSlow, kTooLarge.
Registered<HttpReply> send_http(const ServerUrl& server, const Credentials& credentials, const HttpCall& call,
                                const StopCondition& stop);

}  // namespace face_privacy
