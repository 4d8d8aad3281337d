#include "http_client/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

#include "base/descriptor.h"

namespace face_privacy {
namespace {

// Takes one connection, keeps what comes until a request ends with "body", and answers with `answer`.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    EXPECT_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, answer = std::move(answer)] { serve(answer); });
  }

  ServerUrl url() const { return {.host = "127.0.0.1", .port = port_, .prefix = "/prefix"}; }
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  void serve(const std::string& answer) {
    const Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    std::array<char, 4096> step{};
    while (!request_.ends_with("body")) {
      const ssize_t count = ::read(client.get(), step.data(), step.size());
      if (count <= 0) return;
      request_.append(step.data(), static_cast<std::size_t>(count));
    }
    EXPECT_EQ(::send(client.get(), answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
  }

  Descriptor listener_;
  std::uint16_t port_ = 0;
  std::string request_;
  std::jthread thread_;
};

HttpCall call_with_body() {
  HttpCall call;
  call.method = "PUT";
  call.path = "/object?part=1";
  call.body = "the body";
  call.content_type = "text/plain";
  call.max_answer_bytes = 10;
  call.fields = {{"x-date", "today"}};
  return call;
}

StopCondition soon() {
  return StopCondition(std::chrono::steady_clock::now() + std::chrono::seconds(20), {});
}

TEST(HttpClient, SendsTheRequestWholeAndReadsTheAnswer) {
  OneAnswer server("HTTP/1.1 201 Created\r\nETag: \"x\"\r\nContent-Length: 4\r\n\r\nmade");
  const auto reply = send_http(server.url(), {"ann", "secret"}, call_with_body(), soon());
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(reply->body, "made");
  EXPECT_EQ(reply->field("etag"), "\"x\"");
  const std::string host = server.url().authority();
  EXPECT_EQ(server.request(), "PUT /prefix/object?part=1 HTTP/1.1\r\nHost: " + host +
                                  "\r\nUser-Agent: face-privacy\r\nConnection: close\r\n"
                                  "Authorization: Basic YW5uOnNlY3JldA==\r\nx-date: today\r\n"
                                  "Content-Type: text/plain\r\nContent-Length: 8\r\n\r\nthe body");
}

TEST(HttpClient, ReadsChunksAndAnswersThatEndWithTheConnection) {
  OneAnswer chunks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  const auto joined = send_http(chunks.url(), {}, call_with_body(), soon());
  ASSERT_TRUE(joined) << joined.error().message;
  EXPECT_EQ(joined->body, "abcde");
  OneAnswer open_end("HTTP/1.1 200 OK\r\n\r\nto the end");
  const auto read = send_http(open_end.url(), {}, call_with_body(), soon());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->body, "to the end");
}

TEST(HttpClient, RefusesWhatIsTooLargeOrBreaksOff) {
  OneAnswer large("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890");
  const auto too_large = send_http(large.url(), {}, call_with_body(), soon());
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().fault, HttpFault::kTooLarge);
  for (const char* const answer :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "SSH-2.0\r\n"}) {
    OneAnswer broken(answer);
    const auto nothing = send_http(broken.url(), {}, call_with_body(), soon());
    ASSERT_FALSE(nothing) << answer;
    EXPECT_EQ(nothing.error().fault, HttpFault::kUnreachable) << answer;
  }
}

}  // namespace
}  // namespace face_privacy
