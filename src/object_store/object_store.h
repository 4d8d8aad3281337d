// Objects of one bucket, or of what lies below a prefix in it, by the REST interface of S3. A connection for
// each call, and 10 s; what a server says it could not do now is tried again. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/error.h"
#include "base/stop_condition.h"
#include "object_store/credential_source.h"

namespace face_privacy {

// "s3://BUCKET/PREFIX"; the prefix may be missing. kInvalidOption.
struct BucketName {
  std::string bucket;
  std::string prefix;  // "" or "feedback/", of letters, digits and "._-/"

  static Result<BucketName> parse(std::string_view text);
};
bool is_bucket_name(std::string_view text);  // whether it begins as one

struct BucketPlace {
  BucketName name;
  std::string region;
  std::optional<ServerUrl> endpoint;  // of a server that is not AWS; its buckets are asked for by path
};

class ObjectStore {
 public:
  ObjectStore(const BucketPlace& place, std::shared_ptr<CredentialSource> credentials,
              SendHttp send = plain_send_http(), WallClock clock = system_wall_clock());

  struct Put {
    bool written = true;          // false: it was there, and only a new one was wanted
    bool keeps_versions = false;  // the bucket does, so that what is erased stays
  };
  enum class Where { kNew, kAnywhere };  // kNew: where there is no such object
  // Keys are below the prefix, of letters, digits and "._-/".
  Result<Put> put(std::string_view key, ByteView bytes, Where where, const StopCondition& stop) const;
  Result<std::optional<Bytes>> get(std::string_view key, std::size_t max_bytes,
                                   const StopCondition& stop) const;
  Result<void> remove(std::string_view key, const StopCondition& stop) const;  // also where there is none

  struct Listed {
    std::string key;  // below the prefix
    std::uint64_t bytes = 0;
  };
  // All whose keys begin so, sorted by key.
  Result<std::vector<Listed>> list(std::string_view beginning, const StopCondition& stop) const;

 private:
  Result<HttpReply> call(HttpCall call, const std::string& path, const QueryParameters& query,
                         const StopCondition& stop) const;
  Result<HttpReply> call_once(const HttpCall& call, const std::string& path, const QueryParameters& query,
                              const StopCondition& stop) const;
  std::string path_of(std::string_view key) const;

  const BucketName name_;
  const std::string region_;
  const ServerUrl server_;
  const std::string root_;  // "/" or "/BUCKET/"
  const std::shared_ptr<CredentialSource> credentials_;
  const SendHttp send_;
  const WallClock clock_;
};

}  // namespace face_privacy
