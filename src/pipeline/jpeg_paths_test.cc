// The fast JPEG path and the general one, held against each other.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "codec/jpeg/in_place/test_support.h"
#include "codec/shared/orientation.h"
#include "image/resize.h"
#include "pipeline/pipeline.h"
#include "redact/in_place.h"
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

FinishedPhoto redact(const Bytes& file, PhotoOptions options, JpegPath path) {
  options.detection.jpeg_path = path;
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
  PhotoOptions options;
  options.detect = false;
  options.regions = {{300, 300, 120, 150}, {380, 330, 120, 150}, {1000, 40, 60, 60}, {-20, 900, 90, 90}};
  const FinishedPhoto fast = redact(file, options, JpegPath::kFastest);
  const FinishedPhoto general = redact(file, options, JpegPath::kGeneral);
  EXPECT_TRUE(fast.report.untouched_outside);
  EXPECT_FALSE(general.report.untouched_outside);

  const Photo original = decoded(file);
  const Photo a = decoded(fast.file);
  const Photo b = decoded(general.file);
  ASSERT_EQ(a.pixels.size(), b.pixels.size());
  const Rect inside{320, 320, 100, 120};
  for (int y = inside.y; y < inside.bottom(); ++y) {
    for (int x = inside.x; x < inside.right(); ++x) {
      // The mean color is rounded to steps of 8 in each component of the file.
      ASSERT_LE(difference(a.pixels.view(), b.pixels.view(), x, y), 12) << x << "," << y;
    }
  }
  // Far from every region the fast path leaves each pixel, bit for bit.
  for (int y = 700; y < 850; ++y) {
    for (int x = 600; x < a.pixels.width(); ++x) {
      ASSERT_EQ(difference(a.pixels.view(), original.pixels.view(), x, y), 0) << x << "," << y;
    }
  }
}

TEST_P(JpegPaths, PartsGiveWhatTheWholePictureGives) {
  const Bytes file = demo_photo(GetParam());
  const auto editor = JpegEditor::open(file, {}, 100);
  ASSERT_TRUE(editor);
  std::vector<Region> regions;
  std::mt19937 random(3);
  for (int i = 0; i < 12; ++i) {
    Region region;
    region.shape = i % 3 == 0 ? Shape::kBox : Shape::kEllipse;
    region.core.center = {static_cast<float>(random() % static_cast<unsigned>(editor->size().width)),
                          static_cast<float>(random() % static_cast<unsigned>(editor->size().height))};
    region.core.radius_x = static_cast<float>(8 + random() % 90);
    region.core.radius_y = static_cast<float>(8 + random() % 90);
    region.core.angle_rad = static_cast<float>(i) * 0.4F;
    region.feather_px = static_cast<float>(random() % 12);
    regions.push_back(region);
  }
  // Fill takes nothing from what lies under it.
  constexpr RedactOptions kFill{Style::kFill, Shape::kEllipse, 0.1F, 6, {10, 200, 90}};
  const auto inserts = Redactor::redact_in_place(*editor, regions, kFill, {});
  ASSERT_TRUE(inserts);
  EXPECT_GT((*inserts)->parts().size(), 1U);
  EXPECT_TRUE(editor->write(*inserts) == jpeg_test::redacted(*editor, regions, kFill));

  // Blur takes a mean, for which parts look at some blocks only.
  const auto redacted = Redactor::redact_in_place(*editor, regions, {}, {});
  ASSERT_TRUE(redacted);
  const Photo parts = decoded(editor->write(*redacted));
  const Photo whole = decoded(jpeg_test::redacted(*editor, regions, {}));
  for (int y = 0; y < whole.pixels.height(); ++y) {
    for (int x = 0; x < whole.pixels.width(); ++x) {
      ASSERT_LE(difference(parts.pixels.view(), whole.pixels.view(), x, y), 24) << x << "," << y;
    }
  }
}

TEST_P(JpegPaths, FindTheSameFaces) {
  const Bytes file = demo_photo(GetParam());
  PhotoOptions options;
  options.detection.profile = Profile::kFast;
  const auto fast = redact(file, options, JpegPath::kFastest).report.detection.faces[0];
  const auto general = redact(file, options, JpegPath::kGeneral).report.detection.faces[0];
  int sure = 0;
  for (const Face& face : general) {
    if (face.score < 0.5F) continue;
    ++sure;
    float best = 0;
    for (const Face& other : fast) best = std::max(best, intersection_over_union(face.box, other.box));
    EXPECT_GT(best, 0.8F) << face.score;
  }
  EXPECT_GE(sure, 3);
}

// A file whose picture EXIF turns to what `upright` shows.
Bytes turned_copy(const Photo& upright, int orientation) {
  const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
  const Size size = upright.frame_size();
  Image stored(upright_size(size, inverse), upright.pixels.layout());
  place_upright(upright.pixels.view(), 0, size, inverse, stored.mutable_view());
  jpeg_test::Recipe recipe;
  recipe.quality = 95;
  return jpeg_test::with_orientation(jpeg_test::make_jpeg(recipe, stored.view()), orientation);
}

TEST(JpegPaths, AllOrientationsGiveTheSameFacesOnTheFastPath) {
  Photo upright = decoded(demo_photo("sample5.jpg"));
  // Whole MCUs, so that each way to turn it is open to the fast path.
  const Size size{upright.pixels.width() / 16 * 16, upright.pixels.height() / 16 * 16};
  upright.pixels = resize_to_rgb8(upright.pixels.view().crop({0, 0, size.width, size.height}), size);
  PhotoOptions options;
  std::vector<Face> expected;
  Image expected_pixels;
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    const FinishedPhoto fast = redact(turned_copy(upright, orientation), options, JpegPath::kFastest);
    EXPECT_TRUE(fast.report.untouched_outside);
    EXPECT_EQ(fast.report.detection.size, size);
    const auto& faces = fast.report.detection.faces[0];
    Photo result = decoded(fast.file);
    EXPECT_EQ(result.source.orientation, 1);
    ASSERT_EQ(result.frame_size(), size);
    if (orientation == 1) {
      ASSERT_GE(faces.size(), 5U);
      expected = faces;
      expected_pixels = std::move(result.pixels);
      continue;
    }
    ASSERT_EQ(faces.size(), expected.size());
    for (std::size_t i = 0; i < faces.size(); ++i) {
      EXPECT_GT(intersection_over_union(faces[i].box, expected[i].box), 0.9F);
      EXPECT_NEAR(faces[i].landmarks.left_eye.x, expected[i].landmarks.left_eye.x, 6);
    }
    // The same picture comes out but for what encoding it turned makes of it.
    double sum = 0;
    for (std::size_t i = 0; i < expected_pixels.size_bytes(); ++i)
      sum += std::abs(expected_pixels.view().data[i] - result.pixels.view().data[i]);
    EXPECT_LT(sum / static_cast<double>(expected_pixels.size_bytes()), 1.0);
  }
}

// A side that changes its direction ends within an MCU, as in 4:2:0 of 4000 x 3000 held upright.
TEST(JpegPaths, TurnedPicturesKeepThePixelsOutsideWhereMcusAreCut) {
  Photo upright = decoded(demo_photo("sample5.jpg"));
  const Size size{upright.pixels.width() / 16 * 16 - 5, upright.pixels.height() / 16 * 16 - 9};
  upright.pixels = resize_to_rgb8(upright.pixels.view().crop({0, 0, size.width, size.height}), size);
  for (const int orientation : {3, 6, 8}) {
    SCOPED_TRACE(orientation);
    const Bytes file = turned_copy(upright, orientation);
    const FinishedPhoto fast = redact(file, {}, JpegPath::kFastest);
    const FinishedPhoto general = redact(file, {}, JpegPath::kGeneral);
    EXPECT_TRUE(fast.report.untouched_outside);
    EXPECT_EQ(fast.report.detection.size, size);
    const auto& faces = fast.report.detection.faces[0];
    ASSERT_EQ(faces.size(), general.report.detection.faces[0].size());
    const Photo before = decoded(file);
    const Photo after = decoded(fast.file);
    const Photo other = decoded(general.file);
    ASSERT_EQ(after.frame_size(), size);
    const auto plan = plan_regions(faces, {}, {}, {});
    ASSERT_GE(plan.size(), 5U);
    std::size_t inside = 0;
    for (int y = 0; y < size.height; ++y) {
      for (int x = 0; x < size.width; ++x) {
        bool is_near = false;
        for (const Region& region : plan) {
          const Rect bounds = region.bounds();
          // MCUs, and chroma that is smoothed over their edges.
          is_near = is_near || (x >= bounds.x - 18 && x < bounds.right() + 18 && y >= bounds.y - 18 &&
                                y < bounds.bottom() + 18);
        }
        if (!is_near) {
          ASSERT_EQ(difference(before.pixels.view(), after.pixels.view(), x, y), 0) << x << "," << y;
        }
      }
    }
    // What is covered is what the general path covers, in its middle at least.
    for (const Region& region : plan) {
      const int x = static_cast<int>(region.core.center.x);
      const int y = static_cast<int>(region.core.center.y);
      if (x < 0 || y < 0 || x >= size.width || y >= size.height) continue;
      EXPECT_LE(difference(other.pixels.view(), after.pixels.view(), x, y), 24) << x << "," << y;
      ++inside;
    }
    EXPECT_GE(inside, 5U);
  }
}

INSTANTIATE_TEST_SUITE_P(DemoPhotos, JpegPaths, testing::Values("sample1.jpg", "sample4.jpg", "sample5.jpg"));

Result<FinishedPhoto> attempt(const Bytes& file, JpegPath path) {
  PhotoOptions options;
  options.detect = false;
  options.regions = {{5, 5, 20, 20}};
  options.detection.jpeg_path = path;
  return redact_photo(file, detector(), options, Limits{});
}

// Of every kind of file that the codec's tests have, cut off, with bytes changed, lost and doubled.
TEST(JpegPaths, GiveTheSameVerdictOnDamagedFiles) {
  std::mt19937 random(17);
  int good = 0;
  int bad = 0;
  for (const char* folder : {"codec", "encoders"}) {
    for (const auto& path : jpeg_test::jpeg_files(std::filesystem::path(test_paths::kTestdata) / folder)) {
      const Bytes file = jpeg_test::read_file(path);
      for (int i = 0; i < 40; ++i) {
        SCOPED_TRACE(path.filename().string() + " " + std::to_string(i));
        Bytes damaged = file;
        const std::size_t at = random() % damaged.size();
        const auto place = damaged.begin() + static_cast<std::ptrdiff_t>(at);
        switch (i % 4) {
          case 0: damaged.resize(at); break;
          case 1: *place = static_cast<std::uint8_t>(random()); break;
          case 2: damaged.erase(place); break;
          default: damaged.insert(place, *place);
        }
        const auto fast = attempt(damaged, JpegPath::kFastest);
        const auto general = attempt(damaged, JpegPath::kGeneral);
        ASSERT_EQ(fast.has_value(), general.has_value());
        if (fast) {
          EXPECT_EQ(fast->report.detection.size, general->report.detection.size);
          EXPECT_TRUE(decode(fast->file, Limits{}));
        } else {
          EXPECT_EQ(fast.error().code, general.error().code);
        }
        ++(fast ? good : bad);
      }
    }
  }
  EXPECT_GT(good, 100);  // the test has seen both
  EXPECT_GT(bad, 100);
}

TEST(JpegPaths, AnotherFormatOrQualityTakesTheGeneralPath) {
  const Bytes file = demo_photo("sample1.jpg");
  PhotoOptions options;
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
