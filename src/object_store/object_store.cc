#include "object_store/object_store.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "crypto/digest.h"
#include "object_store/answers.h"

namespace face_privacy {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::size_t kLongestKey = 512;
constexpr std::size_t kMaxListingBytes = std::size_t{4} << 20;  // of a listing of 1,000 keys
constexpr std::chrono::seconds kForOneCall{10};
constexpr int kMostPages = 10'000;
constexpr std::array kPauses{std::chrono::milliseconds(100), std::chrono::milliseconds(400)};

bool is_digit_or_small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_in_bucket_name(char c) { return is_digit_or_small(c) || c == '.' || c == '-'; }
bool is_in_key(char c) { return is_in_bucket_name(c) || (c >= 'A' && c <= 'Z') || c == '_' || c == '/'; }

bool is_key(std::string_view key) {
  const std::string parts = std::string("/").append(key).append("/");
  return key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), is_in_key) &&
         parts.find("/../") == std::string::npos && parts.find("/./") == std::string::npos;
}

// A dot in the name would not be covered by the certificate of *.s3.REGION.amazonaws.com.
ServerUrl server_of(const BucketPlace& place) {
  if (place.endpoint) return *place.endpoint;
  const std::string suffix = place.region.starts_with("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  const std::string host = "s3." + place.region + suffix;
  const bool by_host = place.name.bucket.find('.') == std::string::npos;
  return {true, by_host ? place.name.bucket + "." + host : host, 443, {}};
}

std::string root_of(const BucketPlace& place) {
  const bool by_host = !place.endpoint && place.name.bucket.find('.') == std::string::npos;
  return by_host ? "/" : std::string("/").append(place.name.bucket).append("/");
}

Error error_of(const HttpError& error) {
  const bool slow = error.fault == HttpFault::kTooSlow;
  return {slow ? ErrorCode::kDeadlineExceeded : ErrorCode::kIo, "the bucket: " + error.message};
}

// Names neither key nor bucket.
Error error_of(const std::string& method, const HttpReply& reply) {
  const std::string code = read_s3_error_code(reply.body);
  std::string message = "the bucket answered " + method + " with status " + std::to_string(reply.status);
  if (!code.empty()) message += ", " + code;
  if (code == "RequestTimeTooSkewed") message += ": this machine's clock is wrong";
  return {ErrorCode::kIo, message};
}

// What a server says it could not do now. 409: somebody wrote the same key at the same time.
bool may_go_better(int status) {
  return status == 409 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

bool keeps_versions(const HttpReply& reply) {
  const std::string_view version = reply.field("x-amz-version-id");
  return !version.empty() && version != "null";
}

// False where `stop` comes first.
bool wait(std::chrono::milliseconds pause, const StopCondition& stop) {
  const auto end = StopCondition::Clock::now() + pause;
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any changed;  // by the stop alone
  changed.wait_until(lock, stop.stop_token(), std::min(end, stop.deadline().value_or(end)),
                     [] { return false; });
  return stop.check().has_value();
}

}  // namespace

bool is_bucket_name(std::string_view text) { return text.starts_with(kScheme); }

Result<BucketName> BucketName::parse(std::string_view text) {
  const auto wrong = [] {
    return fail(
        ErrorCode::kInvalidOption,
        "a bucket is named as s3://BUCKET or s3://BUCKET/PREFIX, the prefix of letters, digits and ._-/");
  };
  if (!is_bucket_name(text)) return wrong();
  text.remove_prefix(kScheme.size());
  const std::size_t slash = std::min(text.find('/'), text.size());
  BucketName name{std::string(text.substr(0, slash)), std::string(text.substr(slash))};
  while (name.prefix.starts_with('/')) name.prefix.erase(0, 1);
  while (name.prefix.ends_with('/')) name.prefix.pop_back();
  const bool is_bucket = name.bucket.size() >= 3 && name.bucket.size() <= 63 &&
                         std::all_of(name.bucket.begin(), name.bucket.end(), is_in_bucket_name) &&
                         is_digit_or_small(name.bucket.front()) && is_digit_or_small(name.bucket.back()) &&
                         name.bucket.find("..") == std::string::npos;
  if (!is_bucket || !is_key(name.prefix) || name.prefix.find("//") != std::string::npos) return wrong();
  if (!name.prefix.empty()) name.prefix += '/';
  return name;
}

ObjectStore::ObjectStore(const BucketPlace& place, std::shared_ptr<CredentialSource> credentials,
                         SendHttp send, WallClock clock)
    : name_(place.name),
      region_(place.region),
      server_(server_of(place)),
      root_(root_of(place)),
      credentials_(std::move(credentials)),
      send_(std::move(send)),
      clock_(std::move(clock)) {}

std::string ObjectStore::path_of(std::string_view key) const {
  return root_ + encoded_path(name_.prefix + std::string(key));
}

Result<HttpReply> ObjectStore::call_once(const HttpCall& wanted, const std::string& path,
                                         const QueryParameters& query, const StopCondition& stop) const {
  const auto credentials = credentials_->current(stop);
  if (!credentials) return fail(credentials);
  SignableRequest request{wanted.method, server_.prefix + path, query, {}, to_hex(sha256(wanted.body))};
  const std::string date = amz_date(clock_());
  request.fields = {{"x-amz-content-sha256", request.payload_sha256}, {"x-amz-date", date}};
  if (!credentials->session_token.empty()) {
    request.fields.emplace("x-amz-security-token", credentials->session_token);
  }
  for (const auto& [name, value] : wanted.fields) request.fields.emplace(name, value);
  HttpCall call = wanted;
  call.path = path;
  if (!query.empty()) call.path.append("?").append(encoded_query(query));
  call.fields.assign(request.fields.begin(), request.fields.end());
  request.fields.emplace("host", server_.authority());
  call.fields.emplace_back("Authorization", authorization(request, *credentials, {region_, "s3"}, date));
  const auto end = StopCondition::Clock::now() + kForOneCall;
  auto reply =
      send_(server_, call, StopCondition(std::min(stop.deadline().value_or(end), end), stop.stop_token()));
  if (!reply) return tl::unexpected(error_of(reply.error()));
  return std::move(*reply);
}

Result<HttpReply> ObjectStore::call(HttpCall wanted, const std::string& path, const QueryParameters& query,
                                    const StopCondition& stop) const {
  if (wanted.max_answer_bytes == 0) wanted.max_answer_bytes = kMaxListingBytes;
  auto reply = call_once(wanted, path, query, stop);
  for (const auto pause : kPauses) {
    const bool again = reply ? may_go_better(reply->status) : reply.error().code == ErrorCode::kIo;
    if (!again || !wait(pause, stop)) break;
    reply = call_once(wanted, path, query, stop);
  }
  return reply;
}

Result<ObjectStore::Put> ObjectStore::put(std::string_view key, ByteView bytes, Where where,
                                          const StopCondition& stop) const {
  HttpCall wanted{"PUT", {}, {bytes.begin(), bytes.end()}, "application/octet-stream"};
  if (where == Where::kNew) wanted.fields.emplace_back("if-none-match", "*");
  const auto reply = call(std::move(wanted), path_of(key), {}, stop);
  if (!reply) return fail(reply);
  if (reply->status == 412) return Put{false, false};
  if (reply->status != 200) return tl::unexpected(error_of("PUT", *reply));
  return Put{true, keeps_versions(*reply)};
}

Result<std::optional<Bytes>> ObjectStore::get(std::string_view key, std::size_t max_bytes,
                                              const StopCondition& stop) const {
  const auto reply = call({"GET", {}, {}, {}, max_bytes}, path_of(key), {}, stop);
  if (!reply) return fail(reply);
  if (reply->status == 404 && read_s3_error_code(reply->body) == "NoSuchKey") return std::nullopt;
  if (reply->status != 200) return tl::unexpected(error_of("GET", *reply));
  return std::optional(Bytes(reply->body.begin(), reply->body.end()));
}

Result<void> ObjectStore::remove(std::string_view key, const StopCondition& stop) const {
  const auto reply = call({"DELETE", {}, {}, {}}, path_of(key), {}, stop);
  if (!reply) return fail(reply);
  const bool gone = reply->status == 404 && read_s3_error_code(reply->body) == "NoSuchKey";
  if (reply->status != 204 && reply->status != 200 && !gone) {
    return tl::unexpected(error_of("DELETE", *reply));
  }
  return {};
}

Result<std::vector<ObjectStore::Listed>> ObjectStore::list(std::string_view beginning,
                                                           const StopCondition& stop) const {
  std::vector<Listed> all;
  QueryParameters query{
      {"list-type", "2"}, {"encoding-type", "url"}, {"prefix", name_.prefix + std::string(beginning)}};
  for (int page = 0; page < kMostPages; ++page) {
    const auto reply = call({"GET", {}, {}, {}}, root_, query, stop);
    if (!reply) return fail(reply);
    if (reply->status != 200) return tl::unexpected(error_of("a listing", *reply));
    const auto listing = read_listing(reply->body);
    if (!listing) return fail(ErrorCode::kIo, "the bucket's listing is none of S3's");
    for (const ListedObject& object : listing->objects) {
      if (!object.key.starts_with(name_.prefix)) continue;
      std::string key = object.key.substr(name_.prefix.size());
      if (key.starts_with(beginning) && is_key(key)) all.push_back({std::move(key), object.bytes});
    }
    if (listing->next.empty()) return all;
    query["continuation-token"] = listing->next;
  }
  return fail(ErrorCode::kIo, "the bucket's listing has no end");
}

}  // namespace face_privacy
