// The look of redaction, to the byte, on a picture that is made up here. After a change of look:
// FACE_PRIVACY_UPDATE_GOLDEN=1 build/dev/tests/golden_test, and look at tests/testdata/golden.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "codec/codec.h"
#include "redact/redact.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

// Sky, ground and stripes, with three faces: one upright, one tilted before it, one cut by the edge.
Photo scene(const PixelLayout& layout) {
  constexpr Size kSize{160, 120};
  Photo photo;
  photo.source.format = Format::kPng;
  photo.pixels = Image(kSize, layout);
  const auto view = photo.pixels.mutable_view();
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) {
      int color[3] = {90 + y / 2, 140 + y / 2, 230 - x / 4};
      if (y > 70) color[0] = 60 + x / 2, color[1] = 110, color[2] = 50;
      if (x > 110 && x / 6 % 2 == 0) color[0] = 200, color[1] = 60, color[2] = 60;
      const int dx = x - 55;
      const int dy = y - 52;
      if (dx * dx * 2 + dy * dy < 800) color[0] = 224 + dx / 2, color[1] = 172 + dy / 2, color[2] = 130;
      for (int c = 0; c < layout.color_channels(); ++c) {
        view.row(y)[x * layout.channels() + c] = static_cast<std::uint8_t>(color[c]);
      }
      if (layout.alpha) view.row(y)[(x + 1) * layout.channels() - 1] = static_cast<std::uint8_t>(255 - x / 2);
    }
  }
  return photo;
}

std::vector<Region> faces_of_scene(const RedactOptions& options) {
  Face upright;
  upright.box = {38, 32, 34, 44};
  Face tilted;
  tilted.box = {76, 52, 30, 30};
  tilted.landmarks = {.left_eye = {98, 67},
                      .right_eye = {91, 57},
                      .nose = {89, 66},
                      .mouth_left = {88, 75},
                      .mouth_right = {82, 66}};
  Face cut;
  cut.box = {136, 84, 30, 40};
  const std::vector<Face> faces = {upright, tilted, cut};
  return plan_regions(faces, {}, {}, options);
}

Bytes read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr float kMargin = 0.1F;  // of the golden pictures, whatever the default is

class Golden : public testing::TestWithParam<std::tuple<const char*, RedactOptions, PixelLayout>> {};

TEST_P(Golden, IsUnchanged) {
  const auto& [name, options, layout] = GetParam();
  const std::string path = std::string(test_paths::kTestdata) + "/golden/" + name + ".png";
  const std::vector<std::vector<Region>> regions = {faces_of_scene(options)};
  const RedactedPhoto result = Redactor::redact(scene(layout), regions, options);
  if (std::getenv("FACE_PRIVACY_UPDATE_GOLDEN") != nullptr) {
    const auto encoded = encode(result, {});
    ASSERT_TRUE(encoded);
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(encoded->data()), static_cast<std::streamsize>(encoded->size()));
  }
  const auto expected = decode(read(path), Limits{});
  ASSERT_TRUE(expected) << path;
  ASSERT_EQ(expected->pixels.size(), result->pixels.size());
  ASSERT_EQ(expected->pixels.layout(), result->pixels.layout());
  EXPECT_EQ(
      std::memcmp(expected->pixels.view().data, result->pixels.view().data, result->pixels.size_bytes()), 0);
}

constexpr PixelLayout kRgba8{ColorModel::kRgb, true, 1};

INSTANTIATE_TEST_SUITE_P(
    Styles, Golden,
    testing::Values(std::tuple("blur", RedactOptions{.margin = kMargin}, kRgb8),
                    std::tuple("blur_gray", RedactOptions{.margin = kMargin}, kGray8),
                    std::tuple("blur_box", RedactOptions{.shape = Shape::kBox, .margin = kMargin}, kRgb8),
                    std::tuple("blur_alpha", RedactOptions{.margin = kMargin}, kRgba8),
                    std::tuple("fill",
                               RedactOptions{.style = Style::kFill, .margin = kMargin, .color = {40, 40, 60}},
                               kRgb8)),
    [](const auto& instance) { return std::string(std::get<0>(instance.param)); });

}  // namespace
}  // namespace face_privacy
