#include "pipeline/pipeline.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <fstream>
#include <iterator>
#include <string>

#include "report/report_json.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

Bytes read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Bytes demo_photo(const std::string& name) { return read(std::string(test_paths::kDemoPhotos) + "/" + name); }

const Detector& detector() {
  static const auto loaded = Detector::load({std::string(test_paths::kModels) + "/mnet.25_v1.onnx", 1});
  return *loaded;
}

PhotoOptions fast() {
  PhotoOptions options;
  options.detection.profile = Profile::kFast;
  return options;
}

TEST(RedactPhoto, ReportsEachFaceAndLeavesNoneBehind) {
  auto options = fast();
  options.redaction.style = Style::kFill;
  const auto redacted = redact_photo(demo_photo("sample4.jpg"), detector(), options, Limits{});
  ASSERT_TRUE(redacted) << redacted.error().message;
  EXPECT_GE(redacted->report.detection.face_count(), 4U);
  EXPECT_EQ(redacted->report.region_count, static_cast<int>(redacted->report.detection.face_count()));
  // Where black patches meet hair the detector is not sure of anything.
  const auto again = detect_photo(redacted->file, detector(), {Profile::kFast, 0.6F}, Limits{});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->face_count(), 0U);
}

TEST(RedactPhoto, KeepsAFaceThatIsAskedToStay) {
  const Bytes photo = demo_photo("sample4.jpg");
  const auto found = detect_photo(photo, detector(), {Profile::kFast, {}}, Limits{});
  ASSERT_TRUE(found);
  auto options = fast();
  options.keep = {found->faces[0][0].box};
  const auto redacted = redact_photo(photo, detector(), options, Limits{});
  ASSERT_TRUE(redacted);
  EXPECT_TRUE(redacted->report.kept[0]);
  EXPECT_EQ(redacted->report.region_count, static_cast<int>(found->face_count()) - 1);
}

TEST(RedactPhoto, GivesAnErrorAndNoBytesForADamagedPhoto) {
  Bytes photo = demo_photo("sample1.jpg");
  photo.resize(photo.size() / 2);
  const auto redacted = redact_photo(photo, detector(), fast(), Limits{});
  ASSERT_FALSE(redacted);
  EXPECT_EQ(redacted.error().code, ErrorCode::kDamagedPhoto);
}

TEST(RedactPhoto, StopsAtADeadlineAndWhenAsked) {
  const Bytes photo = demo_photo("sample1.jpg");
  const StopCondition over(StopCondition::Clock::now());
  EXPECT_EQ(redact_photo(photo, detector(), fast(), Limits{}, over).error().code,
            ErrorCode::kDeadlineExceeded);
  std::stop_source source;
  source.request_stop();
  const StopCondition asked(std::nullopt, source.get_token());
  EXPECT_EQ(redact_photo(photo, detector(), fast(), Limits{}, asked).error().code, ErrorCode::kCancelled);
}

TEST(RedactPhoto, RefusesOptionsOutOfRange) {
  const auto refused = [](auto change) {
    PhotoOptions options;
    change(options);
    const auto valid = validate(options);
    return !valid && valid.error().code == ErrorCode::kInvalidOption;
  };
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.detection.min_score = 1.5F; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.detection.min_score = NAN; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.redaction.margin = -0.1F; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.redaction.cells = 7; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.encoding.quality = 0; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.regions = {{0, 0, 0, 5}}; }));
  EXPECT_TRUE(refused([](PhotoOptions& o) { o.keep = {{0, 0, INFINITY, 5}}; }));
  EXPECT_FALSE(refused([](PhotoOptions&) {}));
}

TEST(RedactPhoto, RefusesARegionOfWhichNothingLiesInThePicture) {
  PhotoOptions options;
  const auto refused = [&](BoxF box) {
    options.regions = {{box}};
    return !validate_regions_in(options, {100, 50});
  };
  EXPECT_TRUE(refused({100, 0, 10, 10}));
  EXPECT_TRUE(refused({0, 50, 10, 10}));
  EXPECT_TRUE(refused({-10, 0, 10, 10}));
  EXPECT_FALSE(refused({-10, -10, 11, 11}));
  EXPECT_FALSE(refused({99, 49, 500, 500}));
  options.regions = {{{0, 5000, 10, 10}}};
  options.detect = false;
  for (const JpegPath path : {JpegPath::kFastest, JpegPath::kGeneral}) {
    options.detection.jpeg_path = path;
    const auto redacted = redact_photo(demo_photo("sample1.jpg"), detector(), options, Limits{});
    ASSERT_FALSE(redacted);
    EXPECT_EQ(redacted.error().code, ErrorCode::kInvalidOption);
  }
}

TEST(RedactPhoto, DecodesNothingForRegionsThatAreTooCostly) {
  Bytes photo = demo_photo("sample4.jpg");
  photo.resize(photo.size() / 2);
  const auto header = open_photo(photo, Limits{});
  ASSERT_TRUE(header);
  const Size size = header->header.size;
  auto options = fast();
  options.regions.assign(10'000, {{0, 0, static_cast<float>(size.width), static_cast<float>(size.height)}});
  const auto redacted = redact_photo(photo, detector(), options, Limits{});
  ASSERT_FALSE(redacted);
  EXPECT_EQ(redacted.error().code, ErrorCode::kTooCostly);
}

TEST(ReportJson, HasTheContractsShape) {
  DetectReport report;
  report.size = {640, 480};
  report.faces = {{Face{{1.234F, 2, 30, 40}, 0.98765F, {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}}}}};
  const auto json = to_json(report, {"m.onnx", "abc", "", "", ""});
  EXPECT_EQ(to_text(json),
            R"({"image":{"width":640,"height":480},"faces":[{"box":{"x":1.23,"y":2,"width":30,"height":40},)"
            R"("score":0.9876,"landmarks":{"left_eye":[1,2],"right_eye":[3,4],"nose":[5,6],)"
            R"("mouth_left":[7,8],"mouth_right":[9,10]}}],"model":{"name":"m.onnx","sha256":"abc"}})");
}

TEST(ReportJson, TextIsWhatBoostWouldWriteButForTheNumbers) {
  const auto value = boost::json::parse(R"({"a":[],"b":{},"c":[1,-2.5,true,null,"q\"\n"],"d":[[{}],[[]]]})");
  EXPECT_EQ(to_text(value), R"({"a":[],"b":{},"c":[1,-2.5,true,null,"q\"\n"],"d":[[{}],[[]]]})");
}

}  // namespace
}  // namespace face_privacy
