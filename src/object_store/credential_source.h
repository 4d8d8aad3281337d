// Who the program is for AWS: a key from its environment, or one that a container agent (ECS, EKS) lends.
#pragma once

#include <ctime>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/error.h"
#include "base/stop_condition.h"
#include "http_client/http_client.h"
#include "object_store/signature.h"

namespace face_privacy {

// As send_http; tests put their own in its place.
using SendHttp = std::function<tl::expected<HttpReply, HttpError>(const ServerUrl&, const HttpCall&,
                                                                  const StopCondition&)>;
SendHttp plain_send_http();

// Seconds since 1970.
using WallClock = std::function<std::time_t()>;
WallClock system_wall_clock();

struct ContainerAgent {
  ServerUrl server;
  std::string path;        // with its query
  std::string token;       // for Authorization; empty: none
  std::string token_file;  // where that stands, read anew each time; empty: nowhere

  // The text of AWS_CONTAINER_CREDENTIALS_FULL_URI or, with the agent's own address before it, of
  // ..._RELATIVE_URI. Without TLS only on this machine and at the addresses of ECS and EKS: kInvalidOption.
  static Result<ContainerAgent> parse_full(std::string_view uri);
  static Result<ContainerAgent> parse_relative(std::string_view path);
};

// Thread-safe.
class CredentialSource {
 public:
  explicit CredentialSource(AwsCredentials fixed);
  CredentialSource(ContainerAgent agent, SendHttp send, WallClock clock);

  // Lent credentials are asked for again a while before they expire; while that fails, those that hold are
  // used. kIo; kDeadlineExceeded.
  Result<AwsCredentials> current(const StopCondition& stop);

 private:
  struct Lent {
    AwsCredentials credentials;
    std::time_t expires = 0;
  };
  Result<Lent> ask(const StopCondition& stop) const;

  const std::optional<ContainerAgent> agent_;
  const SendHttp send_;
  const WallClock clock_;
  std::mutex mutex_;
  Lent lent_;
};

}  // namespace face_privacy
