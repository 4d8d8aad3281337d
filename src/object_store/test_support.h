// A bucket in memory that answers as S3 does, for tests: no sockets, and whatever fault is wanted.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "object_store/object_store.h"

namespace face_privacy {

class BucketInMemory {
 public:
  // Put before each answer: what it gives takes the answer's place.
  using Fault = std::function<std::optional<tl::expected<HttpReply, HttpError>>(const HttpCall&)>;

  SendHttp send() {
    return [this](const ServerUrl&, const HttpCall& call, const StopCondition&) { return answer(call); };
  }

  ObjectStore store(const std::string& prefix = "feedback/") {
    const BucketPlace place{{"bucket", prefix}, "xx-north-1", *parse_server_url("http://s3.test")};
    return {place, std::make_shared<CredentialSource>(AwsCredentials{"id", "secret", {}}), send()};
  }

  std::string all_bytes() const {
    std::string bytes;
    for (const auto& [key, body] : objects) bytes += key + "\n" + body + "\n";
    return bytes;
  }

  std::map<std::string, std::string> objects;  // by their whole keys
  Fault fault;
  bool versions = false;
  std::size_t page = 1000;
  std::vector<HttpCall> calls;

 private:
  static HttpReply error(int status, const std::string& code) {
    return {status, "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code></Error>"};
  }

  tl::expected<HttpReply, HttpError> answer(const HttpCall& call) {
    const std::scoped_lock lock(mutex_);
    calls.push_back(call);
    if (fault) {
      if (auto instead = fault(call)) return *instead;
    }
    const std::string key = call.path.substr(std::string("/bucket/").size());
    if (call.method == "GET" && key.starts_with('?')) return listing(key);
    const bool there = objects.contains(key);
    if (call.method == "GET") return there ? HttpReply{200, objects[key]} : error(404, "NoSuchKey");
    if (call.method == "DELETE") {
      objects.erase(key);
      return HttpReply{204, {}};
    }
    const bool only_new = std::any_of(call.fields.begin(), call.fields.end(),
                                      [](const auto& field) { return field.first == "if-none-match"; });
    if (only_new && there) return error(412, "PreconditionFailed");
    objects[key] = call.body;
    HttpReply reply{200, {}};
    if (versions) reply.fields.emplace_back("x-amz-version-id", "3sL4kqtJlcpXroDTDmJ");
    return reply;
  }

  static std::string parameter(const std::string& query, const std::string& name) {
    const std::size_t place = query.find(name + "=");
    if (place == std::string::npos) return {};
    std::string text = query.substr(place + name.size() + 1);
    text = text.substr(0, text.find('&'));
    for (std::size_t slash = text.find("%2F"); slash != std::string::npos; slash = text.find("%2F")) {
      text.replace(slash, 3, 1, '/');
    }
    return text;
  }

  HttpReply listing(const std::string& query) const {
    const std::string prefix = parameter(query, "prefix");
    const std::string after = parameter(query, "continuation-token");
    std::string xml = "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"s3\">";
    std::size_t count = 0;
    std::string last;
    bool more = false;
    for (const auto& [key, body] : objects) {
      if (!key.starts_with(prefix) || (!after.empty() && key <= after)) continue;
      if (more = count++ == page; more) break;
      xml += "<Contents><Key>" + key + "</Key><Size>" + std::to_string(body.size()) + "</Size></Contents>";
      last = key;
    }
    xml += std::string("<IsTruncated>") + (more ? "true" : "false") + "</IsTruncated>";
    if (more) xml += "<NextContinuationToken>" + last + "</NextContinuationToken>";
    return {200, xml + "</ListBucketResult>"};
  }

  std::recursive_mutex mutex_;  // a fault may ask for more
};

}  // namespace face_privacy
