// Needs the weights that scripts/recognizer brings; without them these tests are skipped.
#include "embed/recognizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "codec/codec.h"
#include "detect/detector.h"
#include "embed/align.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

const std::string kWeights = std::string(test_paths::kModels) + "/face_recognition_sface_2021dec_int8bq.onnx";

Bytes file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The faces of the demo photos, and of the portrait: it was not calibrated on.
std::vector<Image> aligned_faces() {
  const auto detector = Detector::load({std::string(test_paths::kModels) + "/mnet.25_v1.onnx", 1, {}, {}});
  std::vector<Image> faces;
  std::vector<std::string> photos{std::string(test_paths::kTestdata) + "/photos/portrait_444.jpg"};
  for (const char* name : {"1", "2", "3", "4", "5", "6"}) {
    photos.push_back(std::string(test_paths::kDemoPhotos) + "/sample" + name + ".jpg");
  }
  for (const std::string& path : photos) {
    const auto photo = decode(file_bytes(path), Limits{});
    const ImageView view = photo->frame(0);
    const auto found = detector->find_faces({view.size(), {view}}, Profile::kFast, 0.8F, {});
    for (const Face& face : *found) faces.push_back(*align(view, view.size(), face.landmarks));
  }
  return faces;
}

class RecognizerTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(kWeights)) GTEST_SKIP() << "scripts/recognizer brings the weights";
  }
  static Recognizer load(RecognizerEngine engine) {
    auto loaded =
        Recognizer::load({.model_path = kWeights, .engine = engine, .expected_sha256 = {}, .bands = {}});
    EXPECT_TRUE(loaded) << loaded.error().message;
    return std::move(*loaded);
  }
};

TEST_F(RecognizerTest, EightBitsSayWhatFloatsSay) {
  const Recognizer floats = load(RecognizerEngine::kFp32);
  auto bytes = Recognizer::load(
      {.model_path = kWeights, .engine = RecognizerEngine::kInt8, .expected_sha256 = {}, .bands = {}});
  if (!bytes) GTEST_SKIP() << bytes.error().message;
  float least = 1;
  double sum = 0;
  const std::vector<Image> faces = aligned_faces();
  ASSERT_GE(faces.size(), 20U);
  for (const Image& face : faces) {
    const float cosine = similarity(*floats.embed(face.view()), *bytes->embed(face.view()));
    least = std::min(least, cosine);
    sum += cosine;
  }
  RecordProperty("least_cosine", std::to_string(least));
  std::printf("cosine of 8 bits to floats: least %.4f, mean %.4f of %zu faces\n", static_cast<double>(least),
              sum / static_cast<double>(faces.size()), faces.size());
  EXPECT_GE(least, 0.98F);
}

TEST_F(RecognizerTest, TellsPeopleApart) {
  const Recognizer recognizer = load(RecognizerEngine::kAuto);
  const std::vector<Image> faces = aligned_faces();
  int alike = 0;
  for (std::size_t a = 0; a < faces.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b) {
      alike +=
          similarity(*recognizer.embed(faces[a].view()), *recognizer.embed(faces[b].view())) >= 0.60F ? 1 : 0;
    }
  }
  EXPECT_EQ(alike, 1) << "one woman is in two of the photos";
}

TEST_F(RecognizerTest, OtherFilesAreRefused) {
  const std::string detector = std::string(test_paths::kModels) + "/mnet.25_v1.onnx";
  EXPECT_FALSE(Recognizer::load({detector, RecognizerEngine::kAuto, {}, MatchBands{}}))
      << "no row of numbers";
  EXPECT_FALSE(Recognizer::load({detector, RecognizerEngine::kAuto, {}, {}})) << "no bands";
  EXPECT_FALSE(Recognizer::load({kWeights, RecognizerEngine::kAuto, "abc", {}})) << "another hash";
  EXPECT_FALSE(Recognizer::load({"/nowhere", RecognizerEngine::kAuto, {}, {}}));
  for (const MatchBands bad : {MatchBands{0.4F, 0.6F}, MatchBands{1.5F, 0.6F}, MatchBands{0.6F, -0.1F}}) {
    EXPECT_FALSE(Recognizer::load({kWeights, RecognizerEngine::kAuto, {}, bad}));
  }
}

}  // namespace
}  // namespace face_privacy
