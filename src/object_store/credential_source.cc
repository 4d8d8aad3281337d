#include "object_store/credential_source.h"

#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "json/strict_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

constexpr std::string_view kEcsAgent = "http://169.254.170.2";
constexpr std::array<std::string_view, 6> kHostsWithoutTls{
    "169.254.170.2", "169.254.170.23", "fd00:ec2::23", "127.0.0.1", "::1", "localhost"};
constexpr std::time_t kRenewSeconds = 300;  // before the end
constexpr std::size_t kMaxCredentialBytes = std::size_t{64} << 10;
constexpr std::size_t kLongestPath = 2048;

tl::unexpected<Error> not_lent(const std::string& why) {
  return fail(ErrorCode::kIo, "the container's credentials: " + why);
}

bool is_request_path(std::string_view path) {
  return path.starts_with('/') && path.size() <= kLongestPath &&
         std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < 127; });
}

std::string text_of(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

// "2026-11-29T20:30:00Z".
std::optional<std::time_t> time_from(const std::string& text) {
  std::tm parts{};
  const char* end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (end == nullptr || !text.ends_with('Z')) return std::nullopt;
  return ::timegm(&parts);
}

// A line's end in it would be a header field more.
Result<std::string> token_of(const ContainerAgent& agent) {
  std::string token = agent.token;
  if (!agent.token_file.empty()) {
    std::ifstream file(agent.token_file, std::ios::binary);
    if (!file) return not_lent("the file with the token cannot be read");
    token.assign(std::istreambuf_iterator<char>(file), {});
    while (token.ends_with('\n') || token.ends_with('\r')) token.pop_back();
  }
  if (token.find_first_of("\r\n") != std::string::npos) return not_lent("the token is none");
  return token;
}

}  // namespace

SendHttp plain_send_http() {
  return [](const ServerUrl& server, const HttpCall& call, const StopCondition& stop) {
    return send_http(server, {}, call, stop);
  };
}

WallClock system_wall_clock() {
  return [] { return std::time(nullptr); };
}

Result<ContainerAgent> ContainerAgent::parse_full(std::string_view uri) {
  const std::size_t scheme = uri.find("://");
  const std::size_t slash = scheme == std::string_view::npos ? scheme : uri.find('/', scheme + 3);
  const std::size_t split = std::min(slash, uri.size());
  const auto server = parse_server_url(uri.substr(0, split));
  const std::string path(split == uri.size() ? std::string_view("/") : uri.substr(split));
  if (!server || !is_request_path(path)) {
    return fail(ErrorCode::kInvalidOption, "the address of the container's credentials is no address");
  }
  const bool near =
      std::find(kHostsWithoutTls.begin(), kHostsWithoutTls.end(), server->host) != kHostsWithoutTls.end();
  if (!server->tls && !near) {
    return fail(ErrorCode::kInvalidOption, "the container's credentials may not travel without TLS");
  }
  return ContainerAgent{*server, path, {}, {}};
}

Result<ContainerAgent> ContainerAgent::parse_relative(std::string_view path) {
  if (!path.starts_with('/')) {
    return fail(ErrorCode::kInvalidOption, "the path of the container's credentials has to begin with a /");
  }
  return parse_full(std::string(kEcsAgent) + std::string(path));
}

CredentialSource::CredentialSource(AwsCredentials fixed)
    : lent_{std::move(fixed), std::numeric_limits<std::time_t>::max()} {}

CredentialSource::CredentialSource(ContainerAgent agent, SendHttp send, WallClock clock)
    : agent_(std::move(agent)), send_(std::move(send)), clock_(std::move(clock)) {}

Result<AwsCredentials> CredentialSource::current(const StopCondition& stop) {
  const std::scoped_lock lock(mutex_);
  if (!agent_) return lent_.credentials;
  const std::time_t now = clock_();
  if (lent_.expires - now > kRenewSeconds) return lent_.credentials;
  auto renewed = ask(stop);
  if (renewed) {
    lent_ = std::move(*renewed);
  } else if (lent_.expires <= now) {
    return fail(renewed);
  }
  return lent_.credentials;
}

Result<CredentialSource::Lent> CredentialSource::ask(const StopCondition& stop) const {
  const auto token = token_of(*agent_);
  if (!token) return fail(token);
  HttpCall call{"GET", agent_->path, {}, {}, kMaxCredentialBytes};
  if (!token->empty()) call.fields.emplace_back("Authorization", *token);
  const auto reply = send_(agent_->server, call, stop);
  if (!reply && reply.error().fault == HttpFault::kTooSlow) {
    return fail(ErrorCode::kDeadlineExceeded, "the container's credentials: " + reply.error().message);
  }
  if (!reply) return not_lent(reply.error().message);
  if (reply->status != 200) return not_lent("status " + std::to_string(reply->status));
  boost::system::error_code error;
  const json::value answer = parse_strict_json(reply->body, error);
  if (error || !answer.is_object()) return not_lent("the answer is none of an agent's");
  const json::object& object = answer.get_object();
  const auto expires = time_from(text_of(object, "Expiration"));
  Lent lent{{text_of(object, "AccessKeyId"), text_of(object, "SecretAccessKey"), text_of(object, "Token")},
            expires.value_or(0)};
  if (lent.credentials.key_id.empty() || lent.credentials.secret.empty() || !expires) {
    return not_lent("the answer is none of an agent's");
  }
  return lent;
}

}  // namespace face_privacy
