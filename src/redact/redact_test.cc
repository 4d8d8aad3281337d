#include "redact/redact.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

namespace face_privacy {
namespace {

Photo noise_photo(Size size, PixelLayout layout, unsigned seed) {
  Photo photo;
  photo.pixels = Image(size, layout);
  std::mt19937 random(seed);
  std::uint8_t* bytes = photo.pixels.mutable_view().data;
  for (std::size_t i = 0; i < photo.pixels.size_bytes(); ++i) bytes[i] = static_cast<std::uint8_t>(random());
  return photo;
}

Photo redacted(const Image& image, const std::vector<Region>& regions, Style style) {
  Photo photo;
  photo.pixels = image.clone();
  RedactOptions options;
  options.style = style;
  const std::vector<std::vector<Region>> frames = {regions};
  const RedactedPhoto result = Redactor::redact(std::move(photo), frames, options);
  Photo copy;
  copy.pixels = result->pixels.clone();
  return copy;
}

TEST(Redact, ChangesTheCoreAndNothingOutsideTheBounds) {
  for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
    const Photo before = noise_photo({120, 90}, kRgb8, 1);
    const std::vector<BoxF> boxes = {{40, 30, 24, 30}};
    const auto regions = plan_regions({}, boxes, {}, {});
    ASSERT_EQ(regions.size(), 1U);
    const Photo after = redacted(before.pixels, regions, style);
    const Rect bounds = regions[0].bounds();
    int changed = 0;
    for (int y = 0; y < 90; ++y) {
      for (int x = 0; x < 120; ++x) {
        const bool is_inside = !intersect(bounds, {x, y, 1, 1}).empty();
        const bool is_same =
            std::memcmp(before.pixels.view().row(y) + 3 * x, after.pixels.view().row(y) + 3 * x, 3) == 0;
        if (!is_inside) {
          ASSERT_TRUE(is_same) << x << ' ' << y;
        }
        changed += is_same ? 0 : 1;
      }
    }
    EXPECT_GT(changed, 24 * 30);
  }
}

}  // namespace
}  // namespace face_privacy
