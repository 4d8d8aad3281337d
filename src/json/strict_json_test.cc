#include "json/strict_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

namespace face_privacy {
namespace {

bool is_read(std::string_view text) {
  boost::system::error_code error;
  parse_strict_json(text, error);
  return !error;
}

TEST(StrictJson, ReadsWhatIsJson) {
  boost::system::error_code error;
  const auto value = parse_strict_json(R"( {"a":[1,-2.5,"x\n",null,true],"b":{"a":{}}} )", error);
  ASSERT_FALSE(error);
  EXPECT_EQ(boost::json::serialize(value), R"({"a":[1,-2.5E0,"x\n",null,true],"b":{"a":{}}})");
  EXPECT_TRUE(is_read(R"([{"a":1},{"a":2}])"));
}

TEST(StrictJson, RefusesANameTwice) {
  EXPECT_FALSE(is_read(R"({"a":1,"a":1})"));
  EXPECT_FALSE(is_read(R"([{"b":{"a":1,"c":[],"a":2}}])"));
  EXPECT_FALSE(is_read(R"({"keep":1,"k\u0065ep":2})")) << "the same name, spelled by an escape";
}

TEST(StrictJson, RefusesWhatIsNotOneValue) {
  for (const char* text : {"", " ", "{", "[1,]", "{\"a\":1}x", "{} {}", "nul", "{\"a\"}", "'a'", "// c\n1"}) {
    EXPECT_FALSE(is_read(text)) << text;
  }
}

TEST(StrictJson, NestsOnlySoDeep) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(is_read(nested(kMaxJsonDepth)));
  EXPECT_FALSE(is_read(nested(kMaxJsonDepth + 1)));
  EXPECT_FALSE(is_read(std::string(1'000'000, '[')));
}

}  // namespace
}  // namespace face_privacy
