// Held to what AWS publishes: the examples of the S3 API reference ("Authenticating Requests: Using the
// Authorization Header") and get-vanilla of its test suite.
#include "object_store/signature.h"

#include <gtest/gtest.h>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

const AwsCredentials kExample{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", {}};
constexpr const char* kDate = "20130524T000000Z";
constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

std::string signature_of(const std::string& header) { return header.substr(header.rfind('=') + 1); }

SignableRequest example(const std::string& method, const std::string& path,
                        const std::string& payload = kEmpty) {
  SignableRequest request{method, path, {}, {}, payload};
  request.fields = {
      {"host", "examplebucket.s3.amazonaws.com"}, {"x-amz-content-sha256", payload}, {"x-amz-date", kDate}};
  return request;
}

std::string signed_example(const SignableRequest& request) {
  return signature_of(authorization(request, kExample, {"us-east-1", "s3"}, kDate));
}

TEST(Signature, IsThePublishedOneOfAGet) {
  SignableRequest request = example("GET", "/test.txt");
  request.fields["range"] = "bytes=0-9";
  EXPECT_EQ(authorization(request, kExample, {"us-east-1", "s3"}, kDate),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(Signature, IsThePublishedOneOfAPut) {
  SignableRequest request =
      example("PUT", encoded_path("/test$file.text"), to_hex(sha256("Welcome to Amazon S3.")));
  request.fields["date"] = "Fri, 24 May 2013 00:00:00 GMT";
  request.fields["x-amz-storage-class"] = "REDUCED_REDUNDANCY";
  EXPECT_EQ(signed_example(request), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(Signature, IsThePublishedOneOfQueries) {
  SignableRequest lifecycle = example("GET", "/");
  lifecycle.query = {{"lifecycle", ""}};
  EXPECT_EQ(signed_example(lifecycle), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  SignableRequest listing = example("GET", "/");
  listing.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(signed_example(listing), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST(Signature, IsThatOfTheTestSuite) {
  const SignableRequest request{
      "GET", "/", {}, {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}}, kEmpty};
  const AwsCredentials key{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};
  EXPECT_EQ(signature_of(authorization(request, key, {"us-east-1", "service"}, "20150830T123600Z")),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST(Signature, EncodesOnceAndSortsByWhatIsEncoded) {
  EXPECT_EQ(encoded_path("/a b/c+d~e"), "/a%20b/c%2Bd~e");
  EXPECT_EQ(encoded_query({{"b", "x/y=="}, {"a", ""}, {"-", "1"}}), "-=1&a=&b=x%2Fy%3D%3D");
  EXPECT_EQ(amz_date(1'369'353'600), kDate);
}

}  // namespace
}  // namespace face_privacy
