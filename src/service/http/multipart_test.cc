#include "service/http/multipart.h"

#include <gtest/gtest.h>

#include "service/api/request_body.h"

namespace face_privacy {
namespace {

std::string text(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

constexpr std::string_view kForm =
    "--b\r\n"
    "Content-Disposition: form-data; name=\"input\"; filename=\"me.jpg\"\r\n"
    "Content-Type: image/jpeg\r\n"
    "\r\n"
    "\xFF\xD8\xFF\r\n--not the boundary\r\n"
    "\r\n--b\r\n"
    "content-disposition: form-data; name=style\r\n"
    "\r\n"
    "fill"
    "\r\n--b--\r\n";

TEST(Multipart, GivesEachPartWithItsContentToTheByte) {
  const auto parts = parse_multipart(byte_view(kForm), "b");
  ASSERT_TRUE(parts) << parts.error().message;
  ASSERT_EQ(parts->size(), 2);
  EXPECT_EQ((*parts)[0].name, "input");
  EXPECT_TRUE((*parts)[0].has_file_name);
  EXPECT_EQ((*parts)[0].media_type, "image/jpeg");
  EXPECT_EQ(text((*parts)[0].content), "\xFF\xD8\xFF\r\n--not the boundary\r\n");
  EXPECT_EQ((*parts)[1].name, "style");
  EXPECT_FALSE((*parts)[1].has_file_name);
  EXPECT_EQ(text((*parts)[1].content), "fill");
}

TEST(Multipart, SkipsWhatComesBeforeTheFirstBoundary) {
  const auto parts = parse_multipart(
      byte_view("preamble\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--"), "b");
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 1);
  EXPECT_TRUE((*parts)[0].content.empty());
}

TEST(Multipart, AnyCutMakesItAnErrorAndNeverAPartialPhoto) {
  // The last two bytes are the line end after the closing boundary, which some clients leave out.
  for (std::size_t length = 0; length + 2 < kForm.size(); ++length) {
    EXPECT_FALSE(parse_multipart(byte_view(kForm.substr(0, length)), "b")) << length;
  }
}

TEST(Multipart, RefusesWhatIsNoForm) {
  for (const char* body : {
           "",
           "no boundary",
           "--b\r\n\r\ncontent without a name\r\n--b--",
           "--b\r\nContent-Disposition: attachment; name=a\r\n\r\n\r\n--b--",
           "--b\r\nContent-Disposition: form-data\r\n\r\n\r\n--b--",
           "--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\n\r\n--b--",
           "--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n\r\n--b--",
           "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Transfer-Encoding: "
           "base64\r\n\r\n\r\n--b--",
           "--b\r\nno colon\r\n\r\n\r\n--b--",
           "--b junk\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n--b--",
           "--b\r\n--b--",
       }) {
    EXPECT_FALSE(parse_multipart(byte_view(body), "b")) << body;
  }
}

TEST(Multipart, BoundsTheNumberOfPartsAndTheirHeaders) {
  std::string many;
  for (int i = 0; i < 641; ++i) many += "\r\n--b\r\nContent-Disposition: form-data; name=a\r\n\r\n";
  EXPECT_FALSE(parse_multipart(byte_view(many + "\r\n--b--"), "b"));
  const std::string long_header(9000, 'x');
  EXPECT_FALSE(parse_multipart(
      byte_view("--b\r\nContent-Disposition: form-data; name=a\r\nX: " + long_header + "\r\n\r\n\r\n--b--"),
      "b"));
}

TEST(Multipart, ReadsTheBoundaryQuotedOrNot) {
  EXPECT_EQ(multipart_boundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(multipart_boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""), "a b");
  EXPECT_FALSE(multipart_boundary("multipart/form-data"));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary="));
  EXPECT_FALSE(multipart_boundary("multipart/mixed; boundary=abc"));
  EXPECT_FALSE(multipart_boundary("multipart/form-data; boundary=" + std::string(71, 'a')));
}

TEST(PhotoBody, TakesThePhotoUnderAnyNameAndTheRestAsOptions) {
  const auto body = read_multipart_body(byte_view(kForm), "b");
  ASSERT_TRUE(body);
  EXPECT_EQ(body->photo.size(), 25);
  ASSERT_EQ(body->options.size(), 1);
  EXPECT_EQ(body->options[0].name, "style");
  EXPECT_EQ(body->options[0].value, "fill");
}

TEST(PhotoBody, KnowsAPhotoWithoutFileNameByItsMediaTypeOrItsBytes) {
  const auto typed =
      read_multipart_body(byte_view("--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: "
                                    "application/octet-stream\r\n\r\nx\r\n--b--"),
                          "b");
  ASSERT_TRUE(typed);
  EXPECT_EQ(text(typed->photo), "x");
  const auto sniffed = read_multipart_body(
      byte_view("--b\r\nContent-Disposition: form-data; name=a\r\n\r\n\x89PNG\r\n\x1A\n0123456789\r\n--b--"),
      "b");
  ASSERT_TRUE(sniffed);
  EXPECT_EQ(sniffed->photo.size(), 18);
}

TEST(PhotoBody, HoldsOnePhotoAtMost) {
  const auto none = read_multipart_body(
      byte_view("--b\r\nContent-Disposition: form-data; name=style\r\n\r\nfill\r\n--b--"), "b");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->photo.empty());
  const std::string part = "--b\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\nx\r\n";
  const auto two = read_multipart_body(byte_view(part + part + "--b--"), "b");
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().code, ProblemCode::kSeveralPhotos);
  EXPECT_EQ(read_plain_body({}).error().code, ProblemCode::kMissingPhoto);
}

TEST(PhotoBody, TellsReferencesByTheirNames) {
  const std::string part =
      "--b\r\nContent-Disposition: form-data; name=\"reference[anna]\"; filename=a\r\n\r\nx\r\n";
  const std::string photo = "--b\r\nContent-Disposition: form-data; name=p; filename=a\r\n\r\ny\r\n";
  const std::string body = part + photo + part + "--b--";
  const auto read = read_multipart_body(byte_view(body), "b");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->references.size(), 2U);
  EXPECT_EQ(read->references[1].name, "anna");
  EXPECT_EQ(read->photo.size(), 1U);
  EXPECT_EQ(read->photo.front(), 'y');
}

}  // namespace
}  // namespace face_privacy
