// The fast JPEG path and the general one, held against each other.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "pipeline/pipeline.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

Bytes demo_photo(const std::string& name) {
  std::ifstream file(std::string(test_paths::kDemoPhotos) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const Detector& detector() {
  static const auto loaded = Detector::load({std::string(test_paths::kModels) + "/mnet.25_v1.onnx", 1});
  return *loaded;
}

BlurredPhoto redact(const Bytes& file, BlurOptions options, JpegPath path) {
  options.jpeg_path = path;
  auto result = redact_photo(file, detector(), options, Limits{});
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

Photo decoded(const Bytes& file) {
  auto photo = decode(file, Limits{});
  if (!photo) throw std::runtime_error(photo.error().message);
  return std::move(*photo);
}

int difference(const ImageView& a, const ImageView& b, int x, int y) {
  int largest = 0;
  for (int c = 0; c < 3; ++c)
    largest = std::max(largest, std::abs(a.row(y)[3 * x + c] - b.row(y)[3 * x + c]));
  return largest;
}

class JpegPaths : public testing::TestWithParam<const char*> {};

TEST_P(JpegPaths, GiveTheSameRegionsTheSamePixels) {
  const Bytes file = demo_photo(GetParam());
  BlurOptions options;
  options.detect = false;
  options.regions = {{300, 300, 120, 150}, {380, 330, 120, 150}, {1000, 40, 60, 60}, {-20, 900, 90, 90}};
  const BlurredPhoto fast = redact(file, options, JpegPath::kFastest);
  const BlurredPhoto general = redact(file, options, JpegPath::kGeneral);
  EXPECT_TRUE(fast.report.untouched_outside);
  EXPECT_FALSE(general.report.untouched_outside);

  const Photo original = decoded(file);
  const Photo a = decoded(fast.file);
  const Photo b = decoded(general.file);
  ASSERT_EQ(a.pixels.size(), b.pixels.size());
  const Rect inside{320, 320, 100, 120};
  for (int y = inside.y; y < inside.bottom(); ++y) {
    for (int x = inside.x; x < inside.right(); ++x) {
      ASSERT_LE(difference(a.pixels.view(), b.pixels.view(), x, y), 8) << x << "," << y;
    }
  }
  // Far from every region the fast path leaves each pixel, bit for bit.
  for (int y = 700; y < 850; ++y) {
    for (int x = 600; x < a.pixels.width(); ++x) {
      ASSERT_EQ(difference(a.pixels.view(), original.pixels.view(), x, y), 0) << x << "," << y;
    }
  }
}

TEST_P(JpegPaths, FindTheSameFaces) {
  const Bytes file = demo_photo(GetParam());
  BlurOptions options;
  options.detection.profile = Profile::kFast;
  const auto fast = redact(file, options, JpegPath::kFastest).report.detection.faces[0];
  const auto general = redact(file, options, JpegPath::kGeneral).report.detection.faces[0];
  for (const Face& face : general) {
    if (face.score < 0.5F) continue;
    float best = 0;
    for (const Face& other : fast) best = std::max(best, intersection_over_union(face.box, other.box));
    EXPECT_GT(best, 0.8F) << face.score;
  }
}

INSTANTIATE_TEST_SUITE_P(DemoPhotos, JpegPaths, testing::Values("sample1.jpg", "sample4.jpg", "sample5.jpg"));

TEST(JpegPaths, AnotherFormatOrQualityTakesTheGeneralPath) {
  const Bytes file = demo_photo("sample1.jpg");
  BlurOptions options;
  options.detect = false;
  options.encoding.quality = 80;
  EXPECT_FALSE(redact(file, options, JpegPath::kFastest).report.untouched_outside);
  options.encoding = {Format::kPng, std::nullopt};
  EXPECT_FALSE(redact(file, options, JpegPath::kFastest).report.untouched_outside);
  options.encoding = {Format::kJpeg, std::nullopt};
  EXPECT_TRUE(redact(file, options, JpegPath::kFastest).report.untouched_outside);
}

}  // namespace
}  // namespace face_privacy
