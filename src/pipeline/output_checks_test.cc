#include "pipeline/output_checks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <tuple>

#include "codec/test_support.h"
#include "pipeline/test_support.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

const std::vector<std::string>& demo_photos() {
  static const std::vector<std::string> kNames{"sample1.jpg", "sample2.jpg", "sample3.jpg",
                                               "sample4.jpg", "sample5.jpg", "sample6.jpg"};
  return kNames;
}

const Detector& detector() {
  static const auto loaded = Detector::load(
      {.model_path = std::string(test_paths::kModels) + "/mnet.25_v1.onnx", .engine = Engine::kAuto});
  return *loaded;
}

PlannedPhoto planned(const std::string& name) {
  std::ifstream file(std::string(test_paths::kDemoPhotos) + "/" + name, std::ios::binary);
  return *plan_photo({std::istreambuf_iterator<char>(file), {}}, detector(), Profile::kFast, 0.5F);
}

OutputChecks checks_of(const PlannedPhoto& each, const Bytes& output) {
  const auto checks =
      check_output(each.photo, output, JpegPath::kFastest, each.cover(), {{detector()}}, Limits{}, {});
  EXPECT_TRUE(checks);
  return checks.value_or(OutputChecks{});
}

TEST(OutputChecks, WhatThisProgramMakesShowsNothing) {
  for (const std::string& name : demo_photos()) {
    const PlannedPhoto each = planned(name);
    for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
      RedactOptions options;
      options.style = style;
      const auto output = encode(Redactor::redact(decoded(each.file), each.regions, options), {});
      const OutputChecks checks = checks_of(each, *output);
      EXPECT_EQ(checks.showing, 0) << name << " " << name_of(style);
      EXPECT_EQ(checks.places, static_cast<int>(each.regions[0].size() + each.faces[0].size()));
      EXPECT_FALSE(checks.likeness) << "there is no recognizer";
    }
  }
}

// scripts/seeded-faults does the same on any folder of photos.
class SeededFaults : public testing::TestWithParam<std::tuple<Fault, Style>> {};

TEST_P(SeededFaults, AreNoticedInEachFaceThatOneRegionCovers) {
  const auto [fault, style] = GetParam();
  int count = 0;
  for (const std::string& name : demo_photos()) {
    const PlannedPhoto each = planned(name);
    for (std::size_t face = 0; face < each.faces[0].size(); ++face) {
      if (!only_region_over(each, face)) continue;
      ++count;
      const PlannedPhoto known = plan_with_fault(each, face, fault);
      EXPECT_GT(checks_of(known, with_fault(each, face, fault, style)).showing, 0) << name << " " << face;
    }
  }
  EXPECT_GE(count, 15);
}

INSTANTIATE_TEST_SUITE_P(OutputChecks, SeededFaults,
                         testing::Values(std::tuple(Fault::kAside, Style::kBlur),
                                         std::tuple(Fault::kAside, Style::kPixelate),
                                         std::tuple(Fault::kAside, Style::kFill),
                                         // Of these the style is that of other faces' regions.
                                         std::tuple(Fault::kSkipped, Style::kBlur),
                                         std::tuple(Fault::kForgotten, Style::kPixelate),
                                         std::tuple(Fault::kWeakBlur, Style::kBlur)));

// Where the weights that compare faces are there.
class Likeness : public testing::Test {
 protected:
  void SetUp() override {
    Recognizer::Settings settings;
    settings.model_path = std::string(test_paths::kModels) + "/face_recognition_sface_2021dec_int8bq.onnx";
    if (!std::filesystem::exists(settings.model_path))
      GTEST_SKIP() << "scripts/recognizer brings the weights";
    auto loaded = Recognizer::load(settings);
    ASSERT_TRUE(loaded);
    recognizer_.emplace(std::move(*loaded));
  }

  LikenessCheck of(const PlannedPhoto& each, const Bytes& output) const {
    const auto checks = check_output(each.photo, output, JpegPath::kFastest, each.cover(),
                                     {{detector()}, &*recognizer_}, Limits{}, {});
    EXPECT_TRUE(checks && checks->likeness);
    return checks && checks->likeness ? *checks->likeness : LikenessCheck{};
  }

 private:
  std::optional<Recognizer> recognizer_;
};

TEST_F(Likeness, NoFaceThatThisProgramCoversIsAlike) {
  int compared = 0;
  for (const std::string& name : demo_photos()) {
    const PlannedPhoto each = planned(name);
    for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
      RedactOptions options;
      options.style = style;
      const auto output = encode(Redactor::redact(decoded(each.file), each.regions, options), {});
      const LikenessCheck likeness = of(each, *output);
      EXPECT_EQ(likeness.alike, 0) << name << " " << name_of(style);
      compared += likeness.compared;
    }
  }
  EXPECT_GE(compared, 30);
}

// The region that lies aside covers half of a face, which is no face to a recognizer any more.
TEST_F(Likeness, AFaceThatWasLeftOutOrBlurredWeaklyIsAlike) {
  int compared = 0;
  for (const std::string& name : demo_photos()) {
    const PlannedPhoto each = planned(name);
    for (std::size_t face = 0; face < each.faces[0].size(); ++face) {
      if (!only_region_over(each, face)) continue;
      for (const Fault fault : {Fault::kSkipped, Fault::kForgotten, Fault::kWeakBlur}) {
        PlannedPhoto known = plan_with_fault(each, face, fault);
        known.kept.assign(known.kept.size(), true);
        known.kept[face] = false;
        const LikenessCheck likeness = of(known, with_fault(each, face, fault));
        EXPECT_EQ(likeness.alike, likeness.compared) << name << " " << face << " " << name_of(fault);
        compared += likeness.compared;
      }
    }
  }
  EXPECT_GE(compared, 30);
}

TEST(OutputChecks, AnOutputOfAnotherSizeIsRefused) {
  const PlannedPhoto each = planned(demo_photos().front());
  const auto checks = check_output(each.photo, test_file("420.jpg"), JpegPath::kFastest, each.cover(),
                                   {{detector()}}, Limits{}, {});
  ASSERT_FALSE(checks);
  EXPECT_EQ(checks.error().code, ErrorCode::kDamagedPhoto);
}

}  // namespace
}  // namespace face_privacy
