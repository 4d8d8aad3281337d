#include "object_store/object_store.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "object_store/answers.h"
#include "object_store/test_support.h"

namespace face_privacy {
namespace {

using Where = ObjectStore::Where;
using Reply = tl::expected<HttpReply, HttpError>;

std::string header(const HttpCall& call, std::string_view name) {
  for (const auto& [field, value] : call.fields)
    if (field == name) return value;
  return {};
}

HttpReply denied(int status, const std::string& code) {
  return {status, "<Error><Code>" + code + "</Code></Error>"};
}

TEST(BucketName, IsReadWithItsPrefix) {
  const auto plain = BucketName::parse("s3://my-bucket");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->bucket, "my-bucket");
  EXPECT_EQ(plain->prefix, "");
  EXPECT_EQ(BucketName::parse("s3://my.bucket/a/b_c/")->prefix, "a/b_c/");
  for (const char* text :
       {"", "s3://", "s3://a", "s3:///prefix", "s3://Bucket", "s3://bucket/../other", "s3://bucket/a//b",
        "s3://bucket/a b", "s3://bucket/a?b", "s3://-bucket", "http://bucket", "s3://bu..ket"}) {
    EXPECT_FALSE(BucketName::parse(text)) << text;
  }
}

TEST(ObjectStore, GivesBackWhatItWasGiven) {
  BucketInMemory bucket;
  const ObjectStore store = bucket.store();
  EXPECT_TRUE(store.put("a/one", byte_view("1"), Where::kNew, {})->written);
  EXPECT_FALSE(store.put("a/one", byte_view("2"), Where::kNew, {})->written);
  EXPECT_EQ(**store.get("a/one", 10, {}), Bytes({'1'}));
  EXPECT_TRUE(store.put("a/one", byte_view("3"), Where::kAnywhere, {})->written);
  EXPECT_EQ(**store.get("a/one", 10, {}), Bytes({'3'}));
  EXPECT_FALSE(*store.get("a/two", 10, {}));
  EXPECT_TRUE(bucket.objects.contains("feedback/a/one"));
  EXPECT_TRUE(store.remove("a/one", {}) && store.remove("a/one", {}));
  EXPECT_TRUE(bucket.objects.empty());
}

TEST(ObjectStore, ListsAllPagesAndNothingBesideItsPrefix) {
  BucketInMemory bucket;
  bucket.page = 3;
  const ObjectStore store = bucket.store();
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(store.put("r/" + std::to_string(i), byte_view("xy"), Where::kNew, {}));
  bucket.objects["feedback/s/1"] = "";
  bucket.objects["other/r/1"] = "";
  const auto listed = store.list("r/", {});
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 10U);
  EXPECT_EQ(listed->back().key, "r/9");
  EXPECT_EQ(listed->back().bytes, 2U);
}

TEST(ObjectStore, SignsWhatItSends) {
  BucketInMemory bucket;
  const BucketPlace place{{"bucket", ""}, "eu-central-1", {}};
  ServerUrl asked;
  const ObjectStore store(
      place, std::make_shared<CredentialSource>(AwsCredentials{"id", "secret", "a token"}),
      [&](const ServerUrl& server, const HttpCall& call, const StopCondition&) -> Reply {
        asked = server;
        bucket.calls.push_back(call);
        return HttpReply{200, {}};
      },
      [] { return std::time_t{1'369'353'600}; });
  ASSERT_TRUE(store.put("key", byte_view("Welcome to Amazon S3."), Where::kNew, {}));
  EXPECT_EQ(asked.text(), "https://bucket.s3.eu-central-1.amazonaws.com");
  const HttpCall& call = bucket.calls.front();
  EXPECT_EQ(call.path, "/key");
  EXPECT_EQ(header(call, "x-amz-date"), "20130524T000000Z");
  EXPECT_EQ(header(call, "x-amz-security-token"), "a token");
  EXPECT_EQ(header(call, "if-none-match"), "*");
  EXPECT_NE(
      header(call, "Authorization")
          .find("SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token,"),
      std::string::npos);
}

TEST(ObjectStore, TriesAgainWhatCouldNotBeDoneNow) {
  BucketInMemory bucket;
  const ObjectStore store = bucket.store();
  int left = 2;
  bucket.fault = [&](const HttpCall&) -> std::optional<Reply> {
    if (left-- > 0) return denied(503, "SlowDown");
    return std::nullopt;
  };
  EXPECT_TRUE(store.put("one", byte_view("1"), Where::kNew, {}));
  left = 3;
  const auto refused = store.put("two", byte_view("1"), Where::kNew, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
  EXPECT_EQ(refused.error().message, "the bucket answered PUT with status 503, SlowDown");
}

TEST(ObjectStore, SaysWhatIsWrongAndNamesNoKey) {
  BucketInMemory bucket;
  const ObjectStore store = bucket.store();
  const auto with = [&](Reply reply) {
    bucket.fault = [reply](const HttpCall&) { return std::optional(reply); };
    return store.get("secret-key", 10, {}).error();
  };
  EXPECT_EQ(with(denied(403, "AccessDenied")).message,
            "the bucket answered GET with status 403, AccessDenied");
  EXPECT_EQ(with(denied(404, "NoSuchBucket")).message,
            "the bucket answered GET with status 404, NoSuchBucket");
  EXPECT_EQ(with(denied(403, "RequestTimeTooSkewed")).message,
            "the bucket answered GET with status 403, RequestTimeTooSkewed: this machine's clock is wrong");
  EXPECT_EQ(with(denied(400, "secret-key in it")).message, "the bucket answered GET with status 400");
  EXPECT_EQ(with(tl::unexpected(HttpError{HttpFault::kTooSlow, "late"})).code, ErrorCode::kDeadlineExceeded);
  EXPECT_EQ(with(tl::unexpected(HttpError{HttpFault::kUnreachable, "gone"})).code, ErrorCode::kIo);
}

TEST(ObjectStore, SeesThatABucketKeepsVersions) {
  BucketInMemory bucket;
  const ObjectStore store = bucket.store();
  EXPECT_FALSE(store.put("one", byte_view("1"), Where::kNew, {})->keeps_versions);
  bucket.versions = true;
  EXPECT_TRUE(store.put("two", byte_view("1"), Where::kNew, {})->keeps_versions);
}

TEST(Answers, OtherThingsAreNone) {
  EXPECT_FALSE(read_listing(""));
  EXPECT_FALSE(read_listing("<html>"));
  EXPECT_FALSE(read_listing("<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>"));
  EXPECT_FALSE(read_listing("<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"));
  EXPECT_FALSE(read_listing("<ListBucketResult><Contents><Key>a</Key><Size>x</Size></Contents>"));
  const auto listing =
      read_listing("<ListBucketResult><Contents><Key>a%2Fb&amp;%</Key><Size>7</Size></Contents>");
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->objects.front().key, "a/b&%");
  EXPECT_EQ(read_s3_error_code("<Code>Bad\r\nCode</Code>"), "");
}

// ---- credentials that a container's agent lends

class Agent {
 public:
  SendHttp send() {
    return [this](const ServerUrl&, const HttpCall& call, const StopCondition&) -> Reply {
      ++asked;
      token = header(call, "Authorization");
      if (down) return tl::unexpected(HttpError{HttpFault::kUnreachable, "down"});
      return HttpReply{200, answer.empty()
                                ? "{\"RoleArn\":\"arn\",\"AccessKeyId\":\"id" + std::to_string(asked) +
                                      "\",\"SecretAccessKey\":\"s\",\"Token\":\"t\",\"Expiration\":"
                                      "\"1970-01-01T01:00:00Z\"}"
                                : answer};
    };
  }
  int asked = 0;
  bool down = false;
  std::string token;
  std::string answer;
};

TEST(CredentialSource, AsksAgainBeforeWhatItHasExpires) {
  Agent agent;
  std::time_t now = 0;
  CredentialSource source(*ContainerAgent::parse_relative("/v2/credentials/1"), agent.send(),
                          [&] { return now; });
  EXPECT_EQ(source.current({})->key_id, "id1");
  EXPECT_EQ(source.current({})->session_token, "t");
  EXPECT_EQ(agent.asked, 1);
  now = 3600 - 299;
  agent.down = true;
  EXPECT_EQ(source.current({})->key_id, "id1") << "what holds is used while nothing newer comes";
  now = 3600;
  EXPECT_FALSE(source.current({}));
  agent.down = false;
  agent.answer = "{\"AccessKeyId\":\"id\"}";
  EXPECT_FALSE(source.current({}));
  agent.answer = "<html>";
  EXPECT_FALSE(source.current({}));
}

TEST(CredentialSource, ReadsTheTokenAnewEachTime) {
  std::string file = (std::filesystem::temp_directory_path() / "agent-token-XXXXXX").string();
  ::close(::mkstemp(file.data()));
  ContainerAgent where = *ContainerAgent::parse_full("http://169.254.170.23/v1/credentials");
  where.token_file = file;
  Agent agent;
  CredentialSource source(where, agent.send(), [] { return std::time_t{3599}; });
  for (const std::string token : {"first", "second"}) {
    std::ofstream(file) << token << "\n";
    ASSERT_TRUE(source.current({}));
    EXPECT_EQ(agent.token, token);
  }
  std::ofstream(file) << "a\r\nHost: x";
  EXPECT_TRUE(source.current({})) << "the old ones hold for another second";
  EXPECT_EQ(agent.asked, 2) << "and the token that is none was not sent";
  std::filesystem::remove(file);
}

TEST(ContainerAgent, IsNearOrHasTls) {
  EXPECT_EQ(ContainerAgent::parse_relative("/v2/x?id=1")->path, "/v2/x?id=1");
  EXPECT_TRUE(ContainerAgent::parse_full("https://agent.example/creds"));
  EXPECT_TRUE(ContainerAgent::parse_full("http://127.0.0.1:8080/creds"));
  for (const char* uri :
       {"http://example.org/creds", "", "creds", "http://127.0.0.1/a b", "ftp://127.0.0.1/"}) {
    EXPECT_FALSE(ContainerAgent::parse_full(uri)) << uri;
  }
  EXPECT_FALSE(ContainerAgent::parse_relative("v2"));
  EXPECT_FALSE(ContainerAgent::parse_relative("@evil.example/"));
}

}  // namespace
}  // namespace face_privacy
