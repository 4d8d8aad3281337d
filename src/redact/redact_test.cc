#include "redact/redact.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <random>
#include <set>

namespace face_privacy {
namespace {

using Random = std::minstd_rand;

std::vector<PixelLayout> all_layouts() {
  std::vector<PixelLayout> layouts;
  for (const ColorModel model :
       {ColorModel::kGray, ColorModel::kRgb, ColorModel::kCmyk, ColorModel::kYcc, ColorModel::kChroma}) {
    for (const bool alpha : {false, true}) {
      for (const int bytes : {1, 2}) layouts.push_back({model, alpha, bytes});
    }
  }
  return layouts;
}

// Any sample of a picture, whatever its layout.
int sample(const ImageView& view, int x, int y, int channel) {
  const auto* bytes = view.row(y) + static_cast<std::ptrdiff_t>(x) * view.layout.bytes_per_pixel();
  if (view.layout.bytes_per_sample == 1) return bytes[channel];
  std::uint16_t value = 0;
  std::memcpy(&value, bytes + 2 * channel, 2);
  return value;
}

void set_sample(const MutableImageView& view, int x, int y, int channel, int value) {
  auto* bytes = view.row(y) + static_cast<std::ptrdiff_t>(x) * view.layout.bytes_per_pixel();
  if (view.layout.bytes_per_sample == 1) {
    bytes[channel] = static_cast<std::uint8_t>(value);
    return;
  }
  const auto wide = static_cast<std::uint16_t>(value);
  std::memcpy(bytes + 2 * channel, &wide, 2);
}

bool same_pixel(const ImageView& a, const ImageView& b, int x, int y) {
  const auto offset = static_cast<std::ptrdiff_t>(x) * a.layout.bytes_per_pixel();
  return std::memcmp(a.row(y) + offset, b.row(y) + offset,
                     static_cast<std::size_t>(a.layout.bytes_per_pixel())) == 0;
}

bool same(const Image& a, const Image& b) {
  return a.size() == b.size() && std::memcmp(a.view().data, b.view().data, a.size_bytes()) == 0;
}

bool same_rows(const ImageView& a, const ImageView& b) {
  const std::size_t row_bytes = static_cast<std::size_t>(a.width) * a.layout.bytes_per_pixel();
  for (int y = 0; y < a.height; ++y) {
    if (std::memcmp(a.row(y), b.row(y), row_bytes) != 0) return false;
  }
  return a.size() == b.size();
}

Patch patch_of(const Image& image, const Rect& area) {
  Patch patch{Image({area.width, area.height}, image.layout()), area.x, area.y, {}};
  const ImageView source = image.view().crop(area);
  for (int y = 0; y < area.height; ++y)
    std::memcpy(patch.pixels.mutable_view().row(y), source.row(y), patch.pixels.stride_bytes());
  return patch;
}

Image noise(Size size, PixelLayout layout, unsigned seed) {
  Image image(size, layout);
  Random random(seed);
  std::uint8_t* bytes = image.mutable_view().data;
  for (std::size_t i = 0; i < image.size_bytes(); ++i) bytes[i] = static_cast<std::uint8_t>(random() >> 8);
  return image;
}

Image redacted(const Image& image, const std::vector<Region>& regions, const RedactOptions& options) {
  Photo photo;
  photo.pixels = image.clone();
  const std::vector<std::vector<Region>> frames = {regions};
  return Redactor::redact(std::move(photo), frames, options)->pixels.clone();
}

// How far out a pixel's center is: 1 is the core's edge.
double level(const Region& region, int x, int y) {
  const Ellipse& core = region.core;
  const double dx = x + 0.5 - core.center.x;
  const double dy = y + 0.5 - core.center.y;
  const double u = (dx * std::cos(core.angle_rad) + dy * std::sin(core.angle_rad)) / core.radius_x;
  const double v = (dy * std::cos(core.angle_rad) - dx * std::sin(core.angle_rad)) / core.radius_y;
  return region.shape == Shape::kEllipse ? std::hypot(u, v) : std::max(std::abs(u), std::abs(v));
}

constexpr double kInside = 0.9999;  // of a level: a pixel is in the core whatever the rounding

bool is_in_some_core(const std::vector<Region>& regions, int x, int y) {
  return std::any_of(regions.begin(), regions.end(),
                     [&](const Region& r) { return level(r, x, y) < kInside; });
}

// Anywhere in and around the picture, of any size, often touching.
std::vector<Region> random_regions(Random& random, Size picture, int most) {
  std::uniform_real_distribution<float> x(-20, static_cast<float>(picture.width) + 20);
  std::uniform_real_distribution<float> y(-20, static_cast<float>(picture.height) + 20);
  std::uniform_real_distribution<float> radius(2, 26);
  std::uniform_real_distribution<float> angle(-3.2F, 3.2F);
  std::uniform_real_distribution<float> feather(0, 6);
  std::vector<Region> regions;
  const int count = 1 + static_cast<int>(random() % static_cast<unsigned>(most));
  for (int i = 0; i < count; ++i) {
    const Shape shape = random() % 3 == 0 ? Shape::kBox : Shape::kEllipse;
    regions.push_back(
        {shape, {{x(random), y(random)}, radius(random), radius(random), angle(random)}, feather(random)});
  }
  return regions;
}

// Moves the colors of the pixels in each core about within it, so that no mean changes.
Image shuffled_inside(const Image& image, const std::vector<Region>& regions, Random& random) {
  Image result = image.clone();
  const auto view = result.mutable_view();
  for (const Region& region : regions) {
    std::vector<std::pair<int, int>> pixels;
    for (int y = 0; y < view.height; ++y) {
      for (int x = 0; x < view.width; ++x) {
        if (level(region, x, y) < kInside) pixels.emplace_back(x, y);
      }
    }
    for (std::size_t i = 1; i < pixels.size(); ++i) {
      const auto [x1, y1] = pixels[i];
      const auto [x2, y2] = pixels[random() % (i + 1)];
      for (int c = 0; c < view.layout.color_channels(); ++c) {
        const int value = sample(view, x1, y1, c);
        set_sample(view, x1, y1, c, sample(view, x2, y2, c));
        set_sample(view, x2, y2, c, value);
      }
    }
  }
  return result;
}

TEST(Redact, BlurShowsNothingOfAFaceButItsMeanColor) {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    for (const PixelLayout& layout : {kRgb8, kGray8, PixelLayout{ColorModel::kRgb, true, 2}}) {
      const Image before = noise({110, 80}, layout, static_cast<unsigned>(random()));
      const auto regions = random_regions(random, before.size(), 6);
      const Image other = shuffled_inside(before, regions, random);
      ASSERT_TRUE(same(redacted(before, regions, {}), redacted(other, regions, {}))) << "round " << round;
    }
  }
}

TEST(Redact, BlurFollowsTheMeanColorInCoarseStepsOnly) {
  const std::vector<RequestedRegion> boxes = {{40, 30, 30, 40}};
  const auto regions = plan_regions({}, boxes, {}, {});
  std::set<std::string> outcomes;
  for (int level_inside = 0; level_inside < 256; ++level_inside) {
    Image image = noise({110, 100}, kGray8, 5);
    for (int y = 0; y < 100; ++y) {
      for (int x = 0; x < 110; ++x) {
        if (level(regions[0], x, y) < 1.001) set_sample(image.mutable_view(), x, y, 0, level_inside);
      }
    }
    // The middle alone: in the feather the picture's own pixels shine through.
    const Image out = redacted(image, regions, {});
    std::string middle;
    for (int y = 0; y < 100; ++y) {
      for (int x = 0; x < 110; ++x) {
        if (level(regions[0], x, y) < kInside)
          middle.push_back(static_cast<char>(sample(out.view(), x, y, 0)));
      }
    }
    outcomes.insert(middle);
  }
  EXPECT_GT(outcomes.size(), 16U);
  EXPECT_LE(outcomes.size(), 33U);
}

TEST(Redact, FillShowsNothingOfAFaceAtAll) {
  Random random(12);
  for (int round = 0; round < 60; ++round) {
    for (const PixelLayout& layout : all_layouts()) {
      const Image before = noise({70, 60}, layout, static_cast<unsigned>(random()));
      const auto regions = random_regions(random, before.size(), 6);
      Image other = before.clone();
      for (int y = 0; y < 60; ++y) {
        for (int x = 0; x < 70; ++x) {
          if (!is_in_some_core(regions, x, y)) continue;
          for (int c = 0; c < layout.color_channels(); ++c) set_sample(other.mutable_view(), x, y, c, 77);
        }
      }
      const RedactOptions fill{.style = Style::kFill, .color = {10, 20, 30}};
      ASSERT_TRUE(same(redacted(before, regions, fill), redacted(other, regions, fill))) << "round " << round;
    }
  }
}

TEST(Redact, OutsideTheBoundsNoByteChangesAndAlphaNowhere) {
  Random random(13);
  for (const PixelLayout& layout : all_layouts()) {
    for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
      for (int round = 0; round < 10; ++round) {
        const Image before = noise({90, 70}, layout, static_cast<unsigned>(random()));
        const auto regions = random_regions(random, before.size(), 3);
        const Image after = redacted(before, regions, {.style = style});
        for (int y = 0; y < 70; ++y) {
          for (int x = 0; x < 90; ++x) {
            const bool is_outside = std::none_of(regions.begin(), regions.end(), [&](const Region& region) {
              return !intersect(region.bounds(), {x, y, 1, 1}).empty();
            });
            if (is_outside) {
              ASSERT_TRUE(same_pixel(before.view(), after.view(), x, y)) << x << ", " << y;
            }
            if (layout.alpha) {
              const int alpha = layout.channels() - 1;
              ASSERT_EQ(sample(before.view(), x, y, alpha), sample(after.view(), x, y, alpha));
            }
          }
        }
      }
    }
  }
}

TEST(Redact, TheWholeCoreIsFilledAndTheFeatherFadesOutwards) {
  for (const float angle : {0.F, 0.4F, 1.2F, 2.9F}) {
    const Region region{Shape::kEllipse, {{60, 50}, 30, 20, angle}, 8};
    Image before({120, 100}, kGray8);
    std::memset(before.mutable_view().data, 200, before.size_bytes());
    const Image after = redacted(before, {region}, {.style = Style::kFill});
    for (int y = 0; y < 100; ++y) {
      for (int x = 0; x < 120; ++x) {
        const int value = sample(after.view(), x, y, 0);
        if (level(region, x, y) < kInside) {
          ASSERT_EQ(value, 0) << x << ", " << y;
        }
      }
      // Towards the right, from the middle on, it never gets darker.
      for (int x = 60; x + 1 < 120; ++x) {
        if (y == 50) {
          ASSERT_LE(sample(after.view(), x, y, 0), sample(after.view(), x + 1, y, 0));
        }
      }
    }
  }
}

TEST(Redact, EachCoreIsCoveredWhereRegionsOverlapInAnyOrder) {
  Random random(14);
  for (int round = 0; round < 40; ++round) {
    Image before({90, 70}, kGray8);
    std::memset(before.mutable_view().data, 0, before.size_bytes());
    auto regions = random_regions(random, before.size(), 5);
    for (int order = 0; order < 3; ++order) {
      std::shuffle(regions.begin(), regions.end(), random);
      const Image after = redacted(before, regions, {.style = Style::kFill, .color = {255, 255, 255}});
      for (int y = 0; y < 70; ++y) {
        for (int x = 0; x < 90; ++x) {
          if (is_in_some_core(regions, x, y)) {
            ASSERT_EQ(sample(after.view(), x, y, 0), 255);
          }
        }
      }
    }
  }
}

std::vector<Region> with_own_styles(std::vector<Region> regions, Random& random) {
  for (Region& region : regions) {
    if (random() % 4 > 0) region.style = static_cast<Style>(random() % kStyleCount);
  }
  return regions;
}

TEST(Redact, ARegionMayHaveAStyleOfItsOwn) {
  const Image before = noise({200, 100}, kRgb8, 3);
  std::vector<Region> regions{{Shape::kBox, {{40, 50}, 25, 30, 0}, 0},
                              {Shape::kBox, {{140, 50}, 25, 30, 0}, 0}};
  regions[1].style = Style::kFill;
  const RedactOptions options{.color = {10, 20, 30}};
  const Image after = redacted(before, regions, options);
  regions[1].style.reset();
  const Image blurred = redacted(before, regions, options);
  EXPECT_TRUE(same_rows(after.view().crop({0, 0, 100, 100}), blurred.view().crop({0, 0, 100, 100})));
  for (int c = 0; c < 3; ++c) EXPECT_EQ(sample(after.view(), 140, 50, c), 10 * (c + 1));
}

TEST(Redact, AStyleOfItsOwnLiesAboveTheOthers) {
  const Image before = noise({100, 100}, kRgb8, 4);
  std::vector<Region> regions{{Shape::kBox, {{40, 50}, 30, 30, 0}, 4},
                              {Shape::kBox, {{60, 50}, 30, 30, 0}, 4}};
  regions[1].style = Style::kFill;
  for (const Style style : {Style::kBlur, Style::kPixelate}) {
    const Image after = redacted(before, regions, {.style = style, .color = {255, 255, 255}});
    EXPECT_EQ(sample(after.view(), 50, 50, 0), 255);
    EXPECT_NE(sample(after.view(), 20, 50, 0), 255);
  }
}

TEST(Redact, StylesThatMeetCoverEachCoreAndChangeNothingOutside) {
  Random random(15);
  for (int round = 0; round < 60; ++round) {
    const Image before = noise({90, 70}, kRgb8, static_cast<unsigned>(round));
    const auto regions = with_own_styles(random_regions(random, before.size(), 5), random);
    const Image other = shuffled_inside(before, regions, random);
    Rect bounds;
    for (const Region& region : regions) bounds = unite(bounds, region.bounds());
    const RedactOptions options{.style = static_cast<Style>(round % 3), .color = {255, 255, 255}};
    const Image one = redacted(before, regions, options);
    for (int y = 0; y < 70; ++y) {
      for (int x = 0; x < 90; ++x) {
        const bool is_outside = intersect(bounds, {x, y, 1, 1}).empty();
        if (is_outside) {
          ASSERT_TRUE(same_pixel(one.view(), before.view(), x, y));
        }
      }
    }
    const bool has_mosaic = std::any_of(regions.begin(), regions.end(), [&](const Region& region) {
      return region.style.value_or(options.style) == Style::kPixelate;
    });
    const bool has_one_region = regions.size() == 1;
    if (!has_mosaic && has_one_region) {
      EXPECT_TRUE(same(one, redacted(other, regions, options)));
    }
  }
}

TEST(Redact, WhatIsFilledAloneIsFilledWhateverStylesMeet) {
  Random random(16);
  for (int round = 0; round < 60; ++round) {
    Image before({90, 70}, kGray8);
    std::memset(before.mutable_view().data, 0, before.size_bytes());
    const auto regions = with_own_styles(random_regions(random, before.size(), 5), random);
    auto filled = regions;
    for (Region& region : filled) region.style = Style::kFill;
    const RedactOptions options{.style = Style::kBlur, .color = {255, 255, 255}};
    const Image by_own = redacted(before, regions, options);
    const Image by_fill = redacted(before, filled, options);
    for (int y = 0; y < 70; ++y) {
      for (int x = 0; x < 90; ++x) {
        bool only_filled = is_in_some_core(regions, x, y);
        for (const Region& region : regions) {
          only_filled &= intersect(region.bounds(), {x, y, 1, 1}).empty() || region.style == Style::kFill;
        }
        if (only_filled) {
          ASSERT_EQ(sample(by_own.view(), x, y, 0), sample(by_fill.view(), x, y, 0));
        }
      }
    }
  }
}

TEST(Redact, BlurAndFillAreTheSameEachTimeAndPixelateIsNot) {
  const Image before = noise({120, 100}, kRgb8, 2);
  const std::vector<RequestedRegion> boxes = {{40, 30, 40, 50}};
  const auto regions = plan_regions({}, boxes, {}, {});
  for (const Style style : {Style::kBlur, Style::kFill}) {
    EXPECT_TRUE(
        same(redacted(before, regions, {.style = style}), redacted(before, regions, {.style = style})));
  }
  EXPECT_FALSE(same(redacted(before, regions, {.style = Style::kPixelate}),
                    redacted(before, regions, {.style = Style::kPixelate})));
}

TEST(Redact, PixelateWithAKeyIsTheSameForTheSameWorkAndNoOther) {
  const std::vector<RequestedRegion> boxes = {{40, 30, 40, 50}};
  const auto regions = plan_regions({}, boxes, {}, {});
  for (const PixelLayout& layout : all_layouts()) {
    const Image gray(Size{120, 100}, layout);  // of one value: cells show nothing but their noise
    const auto noise_of = [&](std::uint8_t key, const std::vector<Region>& places, int value = 100) {
      Image image = gray.clone();
      std::memset(image.mutable_view().data, value, image.size_bytes());
      RedactOptions options{.style = Style::kPixelate};
      options.noise_key = NoiseKey{key};
      std::vector<int> colors;
      const Image after = redacted(image, places, options);
      for (int y = 40; y < 70; ++y)
        for (int x = 50; x < 70; ++x)
          colors.push_back(sample(after.view(), x, y, 0) - sample(image.view(), x, y, 0));
      return colors;
    };
    const auto noise = noise_of(1, regions);
    EXPECT_EQ(noise, noise_of(1, regions));
    EXPECT_NE(noise, noise_of(2, regions));
    EXPECT_NE(noise, noise_of(1, regions, 101)) << "a difference of two photos would be free of noise";
    const std::vector<RequestedRegion> wider = {{38, 30, 44, 50}};
    EXPECT_NE(noise, noise_of(1, plan_regions({}, wider, {}, {})));
  }
}

// The colors in all cores together.
std::set<std::vector<int>> colors_inside(const Image& image, const std::vector<Region>& regions) {
  std::set<std::vector<int>> colors;
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      if (!is_in_some_core(regions, x, y)) continue;
      std::vector<int> color;
      for (int c = 0; c < image.layout().color_channels(); ++c)
        color.push_back(sample(image.view(), x, y, c));
      colors.insert(color);
    }
  }
  return colors;
}

TEST(Redact, PixelateHasNoMoreCellsThanAskedFor) {
  const Image before = noise({300, 300}, kRgb8, 3);
  const std::vector<RequestedRegion> boxes = {{100, 90, 80, 110}};
  const auto regions = plan_regions({}, boxes, {}, {});
  for (int cells = 1; cells <= kMaxCells; ++cells) {
    const auto colors =
        colors_inside(redacted(before, regions, {.style = Style::kPixelate, .cells = cells}), regions);
    EXPECT_LE(colors.size(), static_cast<std::size_t>(cells * cells));
    EXPECT_GE(colors.size(), static_cast<std::size_t>(cells > 2 ? cells * cells / 2 : 1));
  }
  const auto most =
      colors_inside(redacted(before, regions, {.style = Style::kPixelate, .cells = 1000}), regions);
  EXPECT_LE(most.size(), static_cast<std::size_t>(kMaxCells * kMaxCells));
}

TEST(Redact, PixelatedRegionsThatTouchShareTheirCells) {
  const Image before = noise({300, 300}, kRgb8, 4);
  // Many small boxes over one face must not make a fine mosaic of it, nor boxes a pixel apart several.
  std::vector<RequestedRegion> tiles;
  for (int i = 0; i < 100; ++i) {
    tiles.push_back({100 + 10 * static_cast<float>(i % 10), 100 + 10 * static_cast<float>(i / 10), 10, 10});
  }
  std::vector<RequestedRegion> shifted;
  for (int i = 0; i < 20; ++i) shifted.push_back({100 + static_cast<float>(i), 100, 80, 100});
  for (const auto& boxes : {tiles, shifted}) {
    const auto regions = plan_regions({}, boxes, {}, {});
    const auto colors = colors_inside(redacted(before, regions, {.style = Style::kPixelate}), regions);
    EXPECT_LE(colors.size(), 36U);
  }
}

TEST(Redact, TinyFacesGetFewerCells) {
  const Image before = noise({60, 60}, kRgb8, 5);
  const std::vector<RequestedRegion> boxes = {{30, 30, 4, 4}};
  const auto regions = plan_regions({}, boxes, {}, {});
  const auto colors = colors_inside(redacted(before, regions, {.style = Style::kPixelate}), regions);
  EXPECT_LE(colors.size(), 25U);
}

TEST(Redact, PixelateAddsNoiseToEachCellAndToTheFace) {
  // Of a picture of one gray the cells show nothing but their noise.
  Image before({200, 200}, kGray8);
  std::memset(before.mutable_view().data, 128, before.size_bytes());
  const std::vector<RequestedRegion> boxes = {{60, 60, 80, 80}};
  const auto regions = plan_regions({}, boxes, {}, {});
  double sum = 0;
  double squares_of_cells = 0;
  double squares_of_faces = 0;
  int cells = 0;
  constexpr int kFaces = 200;
  for (int face = 0; face < kFaces; ++face) {
    const auto colors = colors_inside(redacted(before, regions, {.style = Style::kPixelate}), regions);
    double mean = 0;
    for (const auto& color : colors) mean += (color[0] - 128) / static_cast<double>(colors.size());
    for (const auto& color : colors) {
      ASSERT_LE(std::abs(color[0] - 128), 48 + 24 + 32 + 16);
      squares_of_cells += (color[0] - 128 - mean) * (color[0] - 128 - mean);
      ++cells;
    }
    sum += mean;
    squares_of_faces += mean * mean;
  }
  // Uniform noise of +-48 has a standard deviation of 28, of +-32 one of 18.
  EXPECT_NEAR(sum / kFaces, 0, 8);
  EXPECT_GT(std::sqrt(squares_of_cells / cells), 25);
  EXPECT_GT(std::sqrt(squares_of_faces / kFaces), 15);
}

TEST(Redact, APatchGivesTheBytesOfTheWholePhoto) {
  Random random(15);
  const Size size{160, 120};
  int patches = 0;
  for (int round = 0; round < 150; ++round) {
    const auto layouts = all_layouts();
    const PixelLayout layout = layouts[random() % layouts.size()];
    const Image before = noise(size, layout, static_cast<unsigned>(random()));
    const auto regions = random_regions(random, size, 7);
    for (const Style style : {Style::kBlur, Style::kFill}) {
      const RedactOptions options{.style = style, .color = {200, 100, 50}};
      const Image whole = redacted(before, regions, options);
      for (const Region& region : regions) {
        Rect area = Redactor::support(region, size);
        if (area.empty()) continue;
        for (bool is_closed = false; !is_closed;) {
          Rect more = area;
          for (const Region& other : regions) {
            if (!intersect(other.bounds(), more).empty()) more = unite(more, Redactor::support(other, size));
          }
          is_closed = more == area;
          area = more;
        }
        const RedactedPatch result = Redactor::redact(patch_of(before, area), size, regions, {}, options);
        ASSERT_TRUE(same_rows(result->pixels.view(), whole.view().crop(area))) << "round " << round;
        patches += area == Rect{0, 0, size.width, size.height} ? 0 : 1;
      }
    }
  }
  EXPECT_GT(patches, 200);  // smaller than the picture
}

TEST(Redact, APatchOfOneRegionGivesItsPixelsAndSamplesInNoOther) {
  Random random(16);
  const Size size{160, 120};
  int patches = 0;
  for (int round = 0; round < 150; ++round) {
    const auto layouts = all_layouts();
    const PixelLayout layout = layouts[random() % layouts.size()];
    const Image before = noise(size, layout, static_cast<unsigned>(random()));
    const auto regions = random_regions(random, size, 5);
    for (const Style style : {Style::kBlur, Style::kFill}) {
      const RedactOptions options{.style = style, .color = {200, 100, 50}};
      const Image whole = redacted(before, regions, options);
      for (std::size_t i = 0; i < regions.size(); ++i) {
        const Rect area = Redactor::support(regions[i], size);
        const Rect bounds = intersect(regions[i].bounds(), {0, 0, size.width, size.height});
        std::vector<Region> others;
        bool is_alone = !bounds.empty();
        for (std::size_t other = 0; other < regions.size(); ++other) {
          if (other == i) continue;
          others.push_back(regions[other]);
          is_alone = is_alone && intersect(regions[other].bounds(), bounds).empty();
        }
        if (!is_alone) continue;
        const RedactedPatch result =
            Redactor::redact(patch_of(before, area), size, {&regions[i], 1}, others, options);
        const Rect inside{bounds.x - area.x, bounds.y - area.y, bounds.width, bounds.height};
        ASSERT_TRUE(same_rows(result->pixels.view().crop(inside), whole.view().crop(bounds)))
            << "round " << round;
        ++patches;
      }
    }
  }
  EXPECT_GT(patches, 100);
}

// A sample of a surface, rounded.
int surface_sample(const SplineSurface& surface, int x, int y, std::size_t channel) {
  const int dx = x - surface.area.x;
  const int dy = y - surface.area.y;
  const auto weights = [&](int px) {
    return spline_weights(static_cast<float>(px % surface.knot_px) / static_cast<float>(surface.knot_px));
  };
  float value = 0;
  for (int j = 0; j < 4; ++j) {
    for (int i = 0; i < 4; ++i) {
      const int knot = (dy / surface.knot_px + j) * surface.knots_x + dx / surface.knot_px + i;
      value += weights(dy)[j] * weights(dx)[i] * surface.knots[channel][knot];
    }
  }
  return static_cast<int>(std::lround(value));
}

constexpr PixelLayout kChroma8{ColorModel::kChroma, false, 1};

TEST(Redact, SurfacesAndPixelsTogetherShowWhatPixelsShow) {
  Random random(17);
  const Size size{160, 120};
  const Rect area{8, 16, 150, 100};
  int cells = 0;
  for (int round = 0; round < 300; ++round) {
    const Image before = noise(size, kChroma8, static_cast<unsigned>(random()));
    const auto regions = random_regions(random, size, 7);
    const auto is_held = [&](const Region& region) {
      const Rect support = Redactor::support(region, size);
      return intersect(support, area) == support;
    };
    std::vector<Region> held;
    std::copy_if(regions.begin(), regions.end(), std::back_inserter(held), is_held);
    const RedactedPatch pixels = Redactor::redact(patch_of(before, area), size, held, {}, {});
    const RedactedPatch mixed =
        Redactor::redact(patch_of(before, area), size, held, {}, {}, SmoothParts::kSurfaces);
    EXPECT_TRUE(pixels->surfaces.empty());
    std::set<std::pair<int, int>> on_surfaces;
    for (const SplineSurface& surface : mixed->surfaces) {
      for (const auto& run : surface.cells) {
        for (int column = run.begin; column < run.end; ++column) {
          ASSERT_TRUE(on_surfaces.emplace(column, run.row).second) << "a cell of two surfaces";
          for (int i = 0; i < 64; ++i) {
            const int x = 8 * column + i % 8;
            const int y = 8 * run.row + i / 8;
            ASSERT_TRUE(is_in_some_core(held, x, y));
            for (std::size_t c = 0; c < 2; ++c) {
              ASSERT_NEAR(surface_sample(surface, x, y, c),
                          sample(pixels->pixels.view(), x - area.x, y - area.y, static_cast<int>(c)), 1);
            }
          }
          ++cells;
        }
      }
    }
    for (int y = 0; y < area.height; ++y) {
      for (int x = 0; x < area.width; ++x) {
        if (on_surfaces.contains({(x + area.x) / 8, (y + area.y) / 8})) continue;
        ASSERT_TRUE(same_pixel(pixels->pixels.view(), mixed->pixels.view(), x, y));
      }
    }
  }
  EXPECT_GT(cells, 500);
}

TEST(Redact, NothingOfACoreIsLeftUnderItsSurface) {
  Random random(18);
  const Size size{160, 120};
  for (int round = 0; round < 60; ++round) {
    const Image before = noise(size, kGray8, static_cast<unsigned>(random()));
    const auto regions = random_regions(random, size, 7);
    const Image other = shuffled_inside(before, regions, random);
    const Rect area{0, 0, size.width, size.height};
    const auto patch = [&](const Image& image) {
      return Redactor::redact(patch_of(image, area), size, regions, {}, {}, SmoothParts::kSurfaces);
    };
    const RedactedPatch one = patch(before);
    const RedactedPatch two = patch(other);
    ASSERT_TRUE(same(one->pixels, two->pixels));
    ASSERT_EQ(one->surfaces.size(), two->surfaces.size());
    for (std::size_t i = 0; i < one->surfaces.size(); ++i) {
      ASSERT_EQ(one->surfaces[i].knots, two->surfaces[i].knots);
    }
  }
}

TEST(Redact, SupportHoldsTheBoundsAndLittleMore) {
  const Region region{Shape::kEllipse, {{500, 400}, 100, 80, 0.5F}, 12};
  const Rect bounds = region.bounds();
  const Rect support = Redactor::support(region, {1000, 1000});
  EXPECT_EQ(intersect(support, bounds), bounds);
  EXPECT_LE(support.width, bounds.width + 32);
  EXPECT_EQ(Redactor::support(region, {510, 410}).right(), 510);
  EXPECT_TRUE(Redactor::support(region, {100, 100}).empty());
}

TEST(Redact, GreyStaysGrey) {
  Image before({100, 80}, kRgb8);
  Random random(16);
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 100; ++x) {
      const int value = static_cast<int>(random() % 256);
      for (int c = 0; c < 3; ++c) set_sample(before.mutable_view(), x, y, c, value);
    }
  }
  const auto regions = random_regions(random, before.size(), 4);
  const Image after = redacted(before, regions, {});
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 100; ++x) {
      ASSERT_EQ(sample(after.view(), x, y, 0), sample(after.view(), x, y, 1));
      ASSERT_EQ(sample(after.view(), x, y, 0), sample(after.view(), x, y, 2));
    }
  }
}

TEST(Redact, AFaceThatFillsThePictureBecomesItsMeanColor) {
  Image before({64, 64}, kGray8);
  std::memset(before.mutable_view().data, 100, before.size_bytes());
  const std::vector<RequestedRegion> boxes = {{-10, -10, 84, 84}};
  const Image after = redacted(before, plan_regions({}, boxes, {}, {}), {});
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) ASSERT_EQ(sample(after.view(), x, y, 0), 104);
  }
}

TEST(Redact, BlurOnAPlainGroundMeetsItWithoutAnEdge) {
  // The ground is white, the face black; next to the core's edge the patch is nearly white.
  const Region region{Shape::kEllipse, {{200, 200}, 90, 120, 0}, 12};
  Image before({400, 400}, kGray8);
  std::memset(before.mutable_view().data, 255, before.size_bytes());
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x < 400; ++x) {
      if (level(region, x, y) < 0.9) set_sample(before.mutable_view(), x, y, 0, 0);
    }
  }
  const Image after = redacted(before, {region}, {});
  for (int y = 0; y < 400; ++y) {
    for (int x = 0; x + 1 < 400; ++x) {
      ASSERT_LE(std::abs(sample(after.view(), x, y, 0) - sample(after.view(), x + 1, y, 0)), 8);
    }
  }
  EXPECT_LT(sample(after.view(), 200, 200, 0), 110);
}

TEST(Redact, NeighborsDoNotShineIntoEachOther) {
  // A black and a white face side by side on gray: what is grown over one has nothing of the other.
  const Region left{Shape::kEllipse, {{100, 100}, 40, 50, 0}, 5};
  const Region right{Shape::kEllipse, {{192, 100}, 40, 50, 0}, 5};
  Image before({300, 200}, kGray8);
  std::memset(before.mutable_view().data, 128, before.size_bytes());
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 300; ++x) {
      if (level(left, x, y) < 1.1) set_sample(before.mutable_view(), x, y, 0, 0);
      if (level(right, x, y) < 1.1) set_sample(before.mutable_view(), x, y, 0, 255);
    }
  }
  const Image after = redacted(before, {left, right}, {});
  for (int y = 0; y < 200; ++y) {
    for (int x = 0; x < 300; ++x) {
      const int value = sample(after.view(), x, y, 0);
      if (level(left, x, y) < kInside) {
        ASSERT_LE(value, 129) << x << ", " << y;
      }
      if (level(right, x, y) < kInside) {
        ASSERT_GE(value, 127) << x << ", " << y;
      }
    }
  }
}

TEST(Redact, FillColorInEveryLayout) {
  const std::vector<RequestedRegion> boxes = {{10, 10, 20, 20}};
  const auto regions = plan_regions({}, boxes, {}, {});
  const auto middle = [&](const PixelLayout& layout, const Color& color) {
    const Image after =
        redacted(noise({40, 40}, layout, 6), regions, {.style = Style::kFill, .color = color});
    std::vector<int> values;
    for (int c = 0; c < layout.color_channels(); ++c) values.push_back(sample(after.view(), 20, 20, c));
    return values;
  };
  const Color orange{255, 165, 0};
  EXPECT_EQ(middle(kRgb8, orange), (std::vector{255, 165, 0}));
  EXPECT_EQ(middle({ColorModel::kRgb, true, 2}, orange), (std::vector{65535, 165 * 257, 0}));
  EXPECT_EQ(middle(kGray8, orange), (std::vector{173}));
  EXPECT_EQ(middle({ColorModel::kGray, true, 2}, orange), (std::vector{173 * 257}));
  EXPECT_EQ(middle({ColorModel::kCmyk, false, 1}, orange), (std::vector{0, 90, 255, 0}));
  EXPECT_EQ(middle({ColorModel::kCmyk, true, 2}, {0, 0, 0}), (std::vector{0, 0, 0, 65535}));
  EXPECT_EQ(middle({ColorModel::kCmyk, false, 1}, {255, 255, 255}), (std::vector{0, 0, 0, 0}));
}

TEST(Redact, EachFrameHasItsOwnRegions) {
  Photo photo;
  photo.pixels = noise({60, 120}, kRgb8, 8);
  photo.frame_count = 2;
  const Image before = photo.pixels.clone();
  const std::vector<RequestedRegion> boxes = {{20, 20, 20, 20}};
  const std::vector<std::vector<Region>> regions = {{}, plan_regions({}, boxes, {}, {})};
  const RedactedPhoto after = Redactor::redact(std::move(photo), regions, {.style = Style::kFill});
  EXPECT_EQ(std::memcmp(before.view().data, after->pixels.view().data, before.size_bytes() / 2), 0);
  EXPECT_EQ(sample(after->pixels.view(), 30, 90, 0), 0);
}

TEST(Redact, APileOfRegionsEndsInTime) {
  // Ten thousand boxes, each nearly as large as the picture.
  Random random(17);
  std::uniform_real_distribution<float> jitter(0, 60);
  std::vector<RequestedRegion> boxes;
  for (int i = 0; i < 10'000; ++i) {
    boxes.push_back({jitter(random), jitter(random), 200 + jitter(random), 200 + jitter(random)});
  }
  const auto regions = plan_regions({}, boxes, {}, {});
  const Image before = noise({320, 320}, kRgb8, 9);
  for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
    const Image after = redacted(before, regions, {.style = style});
    EXPECT_FALSE(same_pixel(before.view(), after.view(), 160, 160));
  }
}

TEST(Redactor, HeapsOfRegionsOfAWholeLargePictureAreTooCostly) {
  const Size tall{1'954, 65'500};
  Region region;
  region.shape = Shape::kBox;
  region.core = {{977, 32'750}, 977, 32'750, 0};
  std::vector<Region> regions(100, region);
  EXPECT_TRUE(check_region_cost(regions, tall));
  regions.resize(3'000, region);
  const auto refused = check_region_cost(regions, tall);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooCostly);
  EXPECT_TRUE(check_region_cost(regions, {1'954, 2'600}));
}

}  // namespace
}  // namespace face_privacy
