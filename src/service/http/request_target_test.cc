#include "service/http/request_target.h"

#include <gtest/gtest.h>

#include "service/api/routes.h"

namespace face_privacy {
namespace {

TEST(RequestTarget, DecodesPathAndQuery) {
  const auto target = parse_target("/v1/bl%75r?style=fill&color=%23336699&keep=%5B%5D&x=a+b&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/blur");
  ASSERT_EQ(target->query.size(), 5);
  EXPECT_EQ(target->query[1].value, "#336699");
  EXPECT_EQ(target->query[2].value, "[]");
  EXPECT_EQ(target->query[3].value, "a b");
  EXPECT_EQ(target->query[4].name, "flag");
  EXPECT_EQ(target->query[4].value, "");
}

TEST(RequestTarget, TakesWhatBrowsersLeaveUnencodedInAQuery) {
  const auto target = parse_target("/v1/blur?regions=[[1,2,3,4]]&keep=[{\"x\":1}]");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->query[0].value, "[[1,2,3,4]]");
  EXPECT_EQ(target->query[1].value, "[{\"x\":1}]");
}

TEST(RequestTarget, TakesTheAbsoluteForm) {
  const auto target = parse_target("http://example.org:3000/livez?a=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/livez");
  EXPECT_EQ(parse_target("http://example.org")->path, "/");
}

TEST(RequestTarget, RefusesWhatIsNone) {
  for (const char* target :
       {"", "livez", "/a b", "/%zz", "/%", "/%00", "/a?b=%0A%zz", "/?a=%00", "ftp://host/", "host:80"}) {
    EXPECT_FALSE(parse_target(target)) << target;
  }
}

TEST(Routes, TheSamePathsLiveBelowApi) {
  EXPECT_EQ(route_of("/v1/blur").route, Route::kBlur);
  EXPECT_EQ(route_of("/api/v1/blur").route, Route::kBlur);
  EXPECT_EQ(route_of("/api").route, Route::kPage);
  EXPECT_EQ(route_of("/api/").route, Route::kPage);
  EXPECT_EQ(route_of("/apiv1/blur").route, Route::kPage);
  EXPECT_EQ(route_of("/docs.json").route, Route::kOpenapi);
  EXPECT_EQ(route_of("/docs/swagger-ui.css").route, Route::kDocs);
  EXPECT_EQ(route_of("/docs/swagger-ui.css").file, "swagger-ui.css");
  EXPECT_EQ(route_of("/assets/a.js").file, "assets/a.js");
  EXPECT_EQ(route_of("*").route, Route::kOther);
}

}  // namespace
}  // namespace face_privacy
