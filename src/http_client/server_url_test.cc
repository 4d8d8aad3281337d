#include "http_client/server_url.h"

#include <gtest/gtest.h>

namespace face_privacy {
namespace {

TEST(ServerUrl, IsReadWithItsParts) {
  const auto plain = parse_server_url("http://mlflow:5000");
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->tls);
  EXPECT_EQ(plain->host, "mlflow");
  EXPECT_EQ(plain->port, 5000);
  EXPECT_EQ(plain->text(), "http://mlflow:5000");
  const auto full = parse_server_url("https://[::1]/a/b/");
  ASSERT_TRUE(full);
  EXPECT_TRUE(full->tls);
  EXPECT_EQ(full->host, "::1");
  EXPECT_EQ(full->port, 443);
  EXPECT_EQ(full->text(), "https://[::1]/a/b");
}

TEST(ServerUrl, OtherThingsAreNone) {
  for (const char* text :
       {"", "mlflow", "ftp://mlflow", "http://", "http://:5000", "http://mlflow:", "http://mlflow:0",
        "http://mlflow:70000", "http://mlflow:5000x", "http://[::1", "http://a b", "http://a/b?c",
        "http://a/\r\nX: y", "http://user:secret@mlflow", "sqlite:///mlflow.db"}) {
    EXPECT_FALSE(parse_server_url(text)) << text;
  }
}

}  // namespace
}  // namespace face_privacy
