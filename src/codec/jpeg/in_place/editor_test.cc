#include "codec/jpeg/in_place/editor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <stdexcept>

#include "codec/codec.h"
#include "codec/jpeg/in_place/test_support.h"
#include "codec/shared/orientation.h"
#include "redact/in_place.h"

namespace face_privacy {
namespace {

using jpeg_test::Coding;
using jpeg_test::Coefficients;
using jpeg_test::compare;
using jpeg_test::make_jpeg;
using jpeg_test::mcu_size;
using jpeg_test::read_coefficients;
using jpeg_test::Recipe;
using jpeg_test::with_orientation;
using Plane = jpeg_test::Coefficients::Plane;

constexpr Limits kLimits;
constexpr RedactOptions kRedBox{Style::kFill, Shape::kBox, 0.1F, 6, {200, 30, 40}};

Region box_region(const Rect& box) {
  Region region;
  region.shape = Shape::kBox;
  region.core.center = {static_cast<float>(box.x) + static_cast<float>(box.width) / 2,
                        static_cast<float>(box.y) + static_cast<float>(box.height) / 2};
  region.core.radius_x = static_cast<float>(box.width) / 2;
  region.core.radius_y = static_cast<float>(box.height) / 2;
  return region;
}

// Seals edits that no redactor would make.
struct OddEditor {
  using Edits = JpegEdits;
  const JpegEditor& editor;
  mutable std::vector<EditedMcus> inserts;
  std::vector<Rect> planned;

  Size size() const { return editor.size(); }
  const std::vector<JpegPlane>& planes() const { return editor.planes(); }
  int mcu_height_px() const { return editor.mcu_height_px(); }
  Rect patch_area(const Rect& area) const { return editor.patch_area(area); }
  std::vector<std::vector<int>> groups(std::span<const std::vector<Rect>> /*changes*/) const {
    return std::vector<std::vector<int>>(inserts.size(), std::vector<int>{0});
  }
  PlanePatches decode(const Rect& area) const { return editor.decode(area); }
  PlanePatches decode(const Rect& area, std::span<const Rect> exact) const {
    return editor.decode(area, exact);
  }
  EditedMcus encode(const RedactedPlanePatches& /*patches*/, std::span<const Rect> /*changed*/) const {
    EditedMcus last = std::move(inserts.back());
    inserts.pop_back();
    return last;
  }
};

Redacted<JpegEdits> sealed(const JpegEditor& editor, std::vector<EditedMcus> inserts,
                           const std::vector<Rect>& planned) {
  std::vector<Region> regions;
  for (const Rect& rect : planned) regions.push_back(box_region(rect));
  const OddEditor odd{editor, std::move(inserts), planned};
  return *Redactor::redact_in_place(odd, regions, kRedBox, {});
}

Bytes edited_output(const JpegEditor& editor, std::span<const Region> regions) {
  return jpeg_test::redacted(editor, regions, kRedBox);
}

Bytes general_output(const Bytes& file, const std::vector<Region>& regions) {
  auto photo = decode(file, kLimits);
  EXPECT_TRUE(photo);
  const std::vector<std::vector<Region>> frames{regions};
  auto out = encode(Redactor::redact(std::move(*photo), frames, kRedBox), {});
  EXPECT_TRUE(out);
  return std::move(*out);
}

std::vector<Region> some_regions(const Size& picture, unsigned seed, int count) {
  std::mt19937 random(seed);
  const auto below = [&](int end) {
    return static_cast<int>(random() % static_cast<unsigned>(std::max(end, 1)));
  };
  std::vector<Region> regions;
  for (int i = 0; i < count; ++i) {
    const int width = 1 + below(picture.width / 3);
    const int height = 1 + below(picture.height / 3);
    regions.push_back(
        box_region({below(picture.width) - width / 2, below(picture.height) - height / 2, width, height}));
    if (below(2) == 0) continue;
    regions.back().shape = Shape::kEllipse;
    regions.back().core.angle_rad = static_cast<float>(below(7)) * 0.5F;
  }
  return regions;
}

// All that is promised of one file and some regions.
void expect_promises(const Bytes& file, const std::vector<Region>& regions, int detection_size,
                     int orientation = 1) {
  const auto editor = JpegEditor::open(file, kLimits, detection_size);
  ASSERT_TRUE(editor);
  const Coefficients before = jpeg_test::turned_upright(read_coefficients(file), orientation);
  const Bytes out = edited_output(*editor, regions);
  const Coefficients after = read_coefficients(out);
  const auto changed = jpeg_test::bands_of(*editor, regions);
  EXPECT_EQ(compare(before, after, changed).coefficients_outside, 0U);

  // Inside, about what the general path makes, which redacts before chroma is subsampled: in tiny pictures
  // most chroma samples lie on an edge.
  const auto whole = decode(out, kLimits);
  const auto general = decode(general_output(file, regions), kLimits);
  ASSERT_TRUE(whole && general);
  ASSERT_EQ(whole->frame_size(), general->frame_size());
  double sum = 0;
  const std::size_t samples = whole->pixels.size_bytes();
  const std::uint8_t* a = whole->pixels.view().data;
  const std::uint8_t* b = general->pixels.view().data;
  for (std::size_t i = 0; i < samples; ++i) sum += std::abs(a[i] - b[i]);
  EXPECT_LT(sum / static_cast<double>(samples), 14.0);
}

TEST(JpegEditor, ChangesOnlyTheMcusOfRegionsInFilesOfEveryKind) {
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    SCOPED_TRACE(recipe.name());
    const Bytes file = make_jpeg(recipe);
    for (const int count : {0, 1, 3}) {
      expect_promises(file, some_regions(recipe.size, recipe.seed + static_cast<unsigned>(count), count),
                      100);
    }
  }
}

// Sides of any length where none changes its direction, else whole MCUs.
bool can_turn(const Recipe& recipe, int orientation) {
  const Size mcu = mcu_size(read_coefficients(make_jpeg(recipe)));
  const bool whole_across = recipe.size.width % mcu.width == 0;
  const bool whole_down = recipe.size.height % mcu.height == 0;
  switch (orientation) {
    case 2:
    case 8: return whole_across;
    case 4:
    case 6: return whole_down;
    case 3:
    case 7: return whole_across && whole_down;
    default: return true;
  }
}

// Nothing is turned, and the orientation goes on saying how to.
void expect_kept_as_stored(const Bytes& file, const Recipe& recipe, int orientation) {
  const auto editor = JpegEditor::open(file, kLimits, 100);
  ASSERT_TRUE(editor);
  EXPECT_EQ(editor->size(), recipe.size);
  EXPECT_EQ(editor->orientation(), orientation);
  const Size upright = upright_size(recipe.size, orientation);
  EXPECT_EQ(editor->preview().width > editor->preview().height, upright.width > upright.height);
  const auto regions = some_regions(recipe.size, recipe.seed, 2);
  const Bytes out = edited_output(*editor, regions);
  const auto changed = jpeg_test::bands_of(*editor, regions);
  EXPECT_EQ(compare(read_coefficients(file), read_coefficients(out), changed).coefficients_outside, 0U);
  const auto header = read_header(out, kLimits);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->orientation, orientation);
  EXPECT_EQ(header->size, upright);
  const auto again = JpegEditor::open(out, kLimits, 100);
  ASSERT_TRUE(again);
  EXPECT_TRUE(edited_output(*again, {}) == out);
}

TEST(JpegEditor, TurnsPicturesWithoutLoss) {
  int turned = 0;
  int left = 0;
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    const Bytes upright = make_jpeg(recipe);
    for (int orientation = 2; orientation <= 8; ++orientation) {
      SCOPED_TRACE(recipe.name() + " orientation " + std::to_string(orientation));
      const Bytes file = with_orientation(upright, orientation);
      if (!can_turn(recipe, orientation)) {
        expect_kept_as_stored(file, recipe, orientation);
        ++left;
        continue;
      }
      const Size size = upright_size(recipe.size, orientation);
      for (const int count : {0, 3})
        expect_promises(file, some_regions(size, recipe.seed + static_cast<unsigned>(count), count), 100,
                        orientation);
      ++turned;
    }
  }
  EXPECT_GT(turned, 200);
  EXPECT_GT(left, 200);
}

TEST(JpegEditor, TurnedPicturesLookAsTheGeneralPathTurnsThem) {
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    for (int orientation = 2; orientation <= 8; ++orientation) {
      if (!can_turn(recipe, orientation)) continue;
      SCOPED_TRACE(recipe.name() + " orientation " + std::to_string(orientation));
      const Bytes file = with_orientation(make_jpeg(recipe), orientation);
      const auto before = decode(file, kLimits);
      const auto editor = JpegEditor::open(file, kLimits, 100);
      ASSERT_TRUE(before && editor);
      EXPECT_EQ(editor->size(), before->frame_size());
      const Bytes out = edited_output(*editor, {});
      EXPECT_EQ(read_header(out, kLimits)->size, before->frame_size());
      const auto after = decode(out, kLimits);
      ASSERT_TRUE(after);
      EXPECT_EQ(after->source.orientation, 1);
      // libjpeg rounds between its passes over columns and rows, and smooths chroma.
      double sum = 0;
      const std::size_t samples = before->pixels.size_bytes();
      for (std::size_t i = 0; i < samples; ++i)
        sum += std::abs(before->pixels.view().data[i] - after->pixels.view().data[i]);
      EXPECT_LT(sum / static_cast<double>(samples), 1.0);
    }
  }
}

TEST(JpegEditor, ChangesOnlyTheMcusOfRegionsInTinyPictures) {
  for (int side = 1; side <= 33; ++side) {
    for (const auto& sampling : {jpeg_test::Sampling{1, 1}, {2, 1}, {2, 2}}) {
      Recipe recipe;
      recipe.size = {side, 34 - side};
      recipe.sampling = sampling;
      recipe.optimize = side % 2 == 0;
      recipe.quality = side * 3;
      SCOPED_TRACE(recipe.name());
      expect_promises(make_jpeg(recipe), some_regions(recipe.size, static_cast<unsigned>(side), 1),
                      side % 3 * 20);
    }
  }
}

// Whether the file is edited in place at all.
bool expect_promises_of_file(const std::filesystem::path& path) {
  const Bytes file = jpeg_test::read_file(path);
  const auto editor = JpegEditor::open(file, kLimits, 640);
  if (editor) expect_promises(file, some_regions(editor->size(), 7, 4), 640);
  return editor.has_value();
}

TEST(JpegEditor, ChangesOnlyTheMcusOfRegionsInRealPhotos) {
  for (const jpeg_test::RealPhoto& photo : jpeg_test::real_photos()) {
    SCOPED_TRACE(photo.path.filename());
    EXPECT_TRUE(std::filesystem::is_regular_file(photo.path));
    EXPECT_EQ(expect_promises_of_file(photo.path), photo.edited_in_place);
  }
  for (const auto& path : jpeg_test::more_photos()) {
    SCOPED_TRACE(path.filename());
    expect_promises_of_file(path);
  }
}

// Of one component.
int sample_of(const Patch& patch, int x, int y, int channel) {
  const ImageView view = patch.pixels.view();
  return view.row(y)[x * view.layout.channels() + channel];
}

TEST(JpegEditor, DecodesTheSamplesThatLibjpegDecodes) {
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    SCOPED_TRACE(recipe.name());
    const Bytes file = make_jpeg(recipe);
    const std::vector<Image> expected = jpeg_test::read_samples(file);
    const auto editor = JpegEditor::open(file, kLimits, 1);
    ASSERT_TRUE(editor);
    for (const Region& region : some_regions(recipe.size, recipe.seed, 4)) {
      const Rect area = intersect(region.bounds(), {0, 0, recipe.size.width, recipe.size.height});
      if (area.empty()) continue;
      const PlanePatches patches = editor->decode(area);
      ASSERT_EQ(patches.size(), editor->planes().size());
      std::size_t component = 0;
      for (std::size_t i = 0; i < patches.size(); ++i) {
        const Patch& patch = patches[i];
        const JpegPlane& plane = editor->planes()[i];
        const Rect held = plane.pixels_of({patch.x, patch.y, patch.pixels.width(), patch.pixels.height()});
        const Rect grown = editor->patch_area(area);
        ASSERT_EQ(intersect(held, grown), grown);
        ASSERT_EQ(patch.pixels.layout(), plane.layout);
        for (int c = 0; c < plane.layout.channels(); ++c, ++component) {
          for (int y = 0; y < patch.pixels.height(); ++y) {
            for (int x = 0; x < patch.pixels.width(); ++x) {
              ASSERT_NEAR(sample_of(patch, x, y, c), expected[component].view().row(patch.y + y)[patch.x + x],
                          1)
                  << component << ": " << x << "," << y;
            }
          }
        }
      }
      ASSERT_EQ(component, expected.size());
    }
  }
}

TEST(JpegEditor, DecodesTurnedSamplesUpright) {
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    for (int orientation = 2; orientation <= 8; ++orientation) {
      if (!can_turn(recipe, orientation)) continue;
      SCOPED_TRACE(recipe.name() + " orientation " + std::to_string(orientation));
      const Bytes file = make_jpeg(recipe);
      const auto stored = JpegEditor::open(file, kLimits, 1);
      const auto upright = JpegEditor::open(with_orientation(file, orientation), kLimits, 1);
      ASSERT_TRUE(stored && upright);
      const auto all = [](const JpegEditor& editor) {
        return editor.decode({0, 0, editor.size().width, editor.size().height});
      };
      const PlanePatches before = all(*stored);
      const PlanePatches after = all(*upright);
      ASSERT_EQ(before.size(), after.size());
      for (std::size_t i = 0; i < before.size(); ++i) {
        const ImageView view = before[i].pixels.view();
        Image expected(upright_size(view.size(), orientation), view.layout);
        place_upright(view, 0, view.size(), orientation, expected.mutable_view());
        ASSERT_EQ(after[i].pixels.size(), expected.size());
        EXPECT_TRUE(std::equal(expected.view().data, expected.view().data + expected.size_bytes(),
                               after[i].pixels.view().data));
      }
    }
  }
}

TEST(JpegEditor, DecodesWhatNeedNotBeExactToAMean) {
  Recipe recipe;
  recipe.size = {320, 240};
  const Bytes file = make_jpeg(recipe);
  const auto editor = JpegEditor::open(file, kLimits, 40);
  ASSERT_TRUE(editor);
  const Rect area{0, 0, 320, 240};
  const Rect exact{160, 80, 20, 20};
  const PlanePatches full = editor->decode(area);
  const PlanePatches rough = editor->decode(area, {&exact, 1});
  int same = 0;
  int rougher = 0;
  for (std::size_t i = 0; i < full.size(); ++i) {
    const JpegPlane& plane = editor->planes()[i];
    const Size mcu{16 / plane.shrink_x, 16 / plane.shrink_y};
    for (int y = 0; y < plane.size.height; y += mcu.height) {
      for (int x = 0; x < plane.size.width; x += mcu.width) {
        for (int c = 0; c < plane.layout.channels(); ++c) {
          bool equal = true;
          double sum = 0;  // of the last block, which has the mean that all are given
          for (int v = y; v < y + mcu.height; ++v) {
            for (int u = x; u < x + mcu.width; ++u) {
              const int difference = sample_of(full[i], u, v, c) - sample_of(rough[i], u, v, c);
              equal = equal && difference == 0;
              if (u >= x + mcu.width - 8 && v >= y + mcu.height - 8) sum += difference;
            }
          }
          EXPECT_NEAR(sum / 64, 0, 6) << x << "," << y;  // clamping shifts it a little
          ++(equal ? same : rougher);
          if (!intersect(plane.pixels_of({x, y, mcu.width, mcu.height}), exact).empty()) {
            EXPECT_TRUE(equal) << x << "," << y;
          }
        }
      }
    }
  }
  EXPECT_GE(same, 12);
  EXPECT_GT(rougher, 300);
}

TEST(JpegEditor, KeepsBlocksWhoseSamplesDidNotChange) {
  Recipe recipe;
  recipe.size = {320, 240};
  recipe.quality = 90;
  const Bytes file = make_jpeg(recipe);
  const auto editor = JpegEditor::open(file, kLimits, 40);
  ASSERT_TRUE(editor);
  PlanePatches patches = editor->decode({32, 32, 200, 150});
  RedactedPlanePatches untouched;
  for (std::size_t i = 0; i < patches.size(); ++i) {
    untouched.push_back(Redactor::redact(std::move(patches[i]), editor->planes()[i].size, {}, {}, kRedBox));
  }
  const std::vector<Rect> changed{{32, 32, 200, 150}};
  std::vector<EditedMcus> inserts;
  inserts.push_back(editor->encode(untouched, changed));
  const Bytes written = editor->write(sealed(*editor, std::move(inserts), changed));
  const auto difference = compare(read_coefficients(file), read_coefficients(written), changed);
  EXPECT_EQ(difference.coefficients_outside, 0U);
  // Of 13 x 10 MCUs with six blocks, those where a sample left 0..255 and was clamped.
  EXPECT_LT(difference.blocks_inside, 130 * 6 / 4U);
}

TEST(JpegEditor, GroupsChangesByTheirMcus) {
  Recipe recipe;
  recipe.size = {400, 300};
  const auto editor = JpegEditor::open(make_jpeg(recipe), kLimits, 50);
  ASSERT_TRUE(editor);
  const std::vector<std::vector<Rect>> changes{{{0, 0, 17, 5}},       // the first two MCUs
                                               {{-50, -50, 20, 20}},  // outside
                                               {{31, 0, 2, 2}},       // the second and the third
                                               {{48, 0, 10, 10}, {390, 290, 50, 50}}};
  EXPECT_EQ(editor->groups(changes), (std::vector<std::vector<int>>{{0, 2}, {3}}));
}

TEST(JpegEditor, RedactedPixelsAreInTheOutput) {
  Recipe recipe;
  recipe.size = {300, 200};
  const Bytes file = make_jpeg(recipe);
  const auto editor = JpegEditor::open(file, kLimits, 100);
  ASSERT_TRUE(editor);
  const Rect box{50, 60, 90, 70};
  const Bytes out = edited_output(*editor, std::vector{box_region(box)});
  const auto photo = decode(out, kLimits);
  ASSERT_TRUE(photo);
  // Away from the edge, where chroma of outside pixels does not reach.
  for (int y = box.y + 16; y < box.bottom() - 16; ++y) {
    for (int x = box.x + 16; x < box.right() - 16; ++x) {
      const std::uint8_t* pixel = photo->pixels.view().row(y) + 3 * x;
      ASSERT_NEAR(pixel[0], 200, 4);
      ASSERT_NEAR(pixel[1], 30, 4);
      ASSERT_NEAR(pixel[2], 40, 4);
    }
  }
}

TEST(JpegEditor, PreviewIsTheSmallestScaleThatIsLargeEnough) {
  Recipe recipe;
  recipe.size = {801, 403};
  const Bytes file = make_jpeg(recipe);
  const std::pair<int, Size> expected[] = {{0, {101, 51}},    {101, {101, 51}},  {102, {201, 101}},
                                           {201, {201, 101}}, {202, {401, 202}}, {401, {401, 202}},
                                           {402, {801, 403}}, {5000, {801, 403}}};
  for (const auto& [min_preview_px, size] : expected) {
    const auto editor = JpegEditor::open(file, kLimits, min_preview_px);
    ASSERT_TRUE(editor);
    EXPECT_EQ(editor->preview().size(), size) << min_preview_px;
  }
}

// Means of squares of `factor` pixels, clipped at the picture's edge.
Image shrunk(const ImageView& view, int factor, Size size) {
  Image small(size, view.layout);
  const int channels = view.layout.channels();
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int c = 0; c < channels; ++c) {
        int sum = 0;
        int count = 0;
        for (int v = y * factor; v < std::min((y + 1) * factor, view.height); ++v) {
          for (int u = x * factor; u < std::min((x + 1) * factor, view.width); ++u, ++count)
            sum += view.row(v)[u * channels + c];
        }
        small.mutable_view().row(y)[x * channels + c] = static_cast<std::uint8_t>((sum + count / 2) / count);
      }
    }
  }
  return small;
}

TEST(JpegEditor, PreviewLooksLikeTheShrunkPicture) {
  std::vector<Recipe> recipes = jpeg_test::many_recipes();
  for (Recipe& recipe : recipes) {
    SCOPED_TRACE(recipe.name());
    recipe.size = {recipe.size.width * 3, recipe.size.height * 3};
    recipe.quality = std::max(recipe.quality, 60);
    // Slopes only: what reduced transforms make of edges is a matter of taste.
    Image picture(recipe.size, recipe.components == 1 ? kGray8 : kRgb8);
    const int channels = picture.layout().channels();
    for (int y = 0; y < picture.height(); ++y) {
      for (int x = 0; x < picture.width(); ++x) {
        for (int c = 0; c < channels; ++c) {
          picture.mutable_view().row(y)[x * channels + c] =
              static_cast<std::uint8_t>(40 + (x * (c + 1) / 9 + y * (3 - c) / 11) % 150);
        }
      }
    }
    const Bytes file = make_jpeg(recipe, picture.view());
    for (const int factor : {8, 4, 2, 1}) {
      const int long_side = std::max(recipe.size.width, recipe.size.height);
      const auto editor = JpegEditor::open(file, kLimits, std::max(1, long_side / factor - 1));
      ASSERT_TRUE(editor);
      const ImageView preview = editor->preview();
      ASSERT_EQ(preview.width, (recipe.size.width + factor - 1) / factor);
      const Image expected = shrunk(picture.view(), factor, preview.size());
      double sum = 0;
      for (int y = 0; y < preview.height; ++y) {
        for (int i = 0; i < preview.width * channels; ++i)
          sum += std::abs(preview.row(y)[i] - expected.view().row(y)[i]);
      }
      EXPECT_LT(sum / (preview.width * preview.height * channels), 12.0) << factor;
    }
  }
}

// The test pictures have steps where slopes wrap; this one says whether the preview is the right way
// round and colored right, pixel by pixel.
TEST(JpegEditor, PreviewPixelsAreInTheirPlace) {
  for (const auto& sampling : {jpeg_test::Sampling{1, 1}, {2, 1}, {1, 2}, {2, 2}, {4, 1}, {3, 1}}) {
    Recipe recipe;
    recipe.size = {480, 320};
    recipe.sampling = sampling;
    recipe.quality = 95;
    Image picture(recipe.size, kRgb8);
    for (int y = 0; y < 320; ++y) {
      for (int x = 0; x < 480; ++x) {
        std::uint8_t* pixel = picture.mutable_view().row(y) + 3 * x;
        pixel[0] = static_cast<std::uint8_t>(20 + x * 200 / 480);
        pixel[1] = static_cast<std::uint8_t>(20 + y * 200 / 320);
        pixel[2] = static_cast<std::uint8_t>(220 - (x + y) * 200 / 800);
      }
    }
    const Bytes file = make_jpeg(recipe, picture.view());
    for (const int factor : {8, 4, 2}) {
      const auto editor = JpegEditor::open(file, kLimits, 480 / factor);
      ASSERT_TRUE(editor);
      ASSERT_EQ(editor->preview().width, 480 / factor);
      const Image expected = shrunk(picture.view(), factor, editor->preview().size());
      for (int y = 0; y < expected.height(); ++y) {
        for (int i = 0; i < expected.width() * 3; ++i) {
          ASSERT_NEAR(editor->preview().row(y)[i], expected.view().row(y)[i], 14)
              << factor << ' ' << i / 3 << ' ' << y;
        }
      }
    }
  }
}

std::vector<Recipe> coded_otherwise() {
  std::vector<Recipe> recipes;
  for (const Coding coding : {Coding::kProgressive, Coding::kArithmetic, Coding::kScanPerComponent}) {
    for (const auto& sampling : {jpeg_test::Sampling{1, 1}, {2, 1}, {2, 2}}) {
      Recipe recipe;
      recipe.size = {96, 80};
      recipe.coding = coding;
      recipe.sampling = sampling;
      recipe.seed = static_cast<unsigned>(recipes.size());
      recipes.push_back(recipe);
    }
  }
  return recipes;
}

// Of all samples. Chroma that is spread out over pixels is smoothed there and not here.
double mean_difference(const ImageView& one, const ImageView& other) {
  double sum = 0;
  const int row_samples = one.width * one.layout.channels();
  for (int y = 0; y < one.height; ++y) {
    for (int i = 0; i < row_samples; ++i) sum += std::abs(one.row(y)[i] - other.row(y)[i]);
  }
  return sum / one.height / row_samples;
}

TEST(JpegEditor, PixelsOfAPartAreThoseOfTheUprightPicture) {
  int parts = 0;
  for (const Recipe& recipe : jpeg_test::many_recipes()) {
    const Bytes stored = make_jpeg(recipe);
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Bytes file = with_orientation(stored, orientation);
      const auto editor = JpegEditor::open(file, kLimits, 1);
      if (!editor) continue;
      const auto photo = decode(file, kLimits);
      ASSERT_TRUE(photo);
      const ImageView whole = photo->frame(0);
      const int x = whole.width / 3;
      const int y = whole.height / 4;
      const Rect right_part{x, y, whole.width - x, whole.height / 2};
      for (const Rect& area : {Rect{0, 0, whole.width, whole.height}, right_part}) {
        if (area.empty()) continue;
        const Image pixels = editor->pixels(area);
        ASSERT_EQ(pixels.layout(), whole.layout) << recipe.name();
        ASSERT_EQ(pixels.size(), (Size{area.width, area.height}));
        const bool is_smoothed =
            recipe.components == 3 && recipe.sampling.horizontal * recipe.sampling.vertical > 1;
        EXPECT_LT(mean_difference(pixels.view(), whole.crop(area)), is_smoothed ? 12 : 1)
            << recipe.name() << " orientation " << orientation;
        ++parts;
      }
    }
  }
  EXPECT_GT(parts, 100);
}

TEST(JpegEditor, KeepsTheCoefficientsOfFilesThatAreCodedOtherwise) {
  for (const Recipe& recipe : coded_otherwise()) {
    const Bytes file = make_jpeg(recipe);
    for (const int orientation : {1, 6}) {
      SCOPED_TRACE(recipe.name() + " orientation " + std::to_string(orientation));
      const Size size = upright_size(recipe.size, orientation);
      for (const int count : {0, 2})
        expect_promises(with_orientation(file, orientation), some_regions(size, recipe.seed, count), 50,
                        orientation);
    }
    const bool read_here = recipe.coding == Coding::kProgressive;
    EXPECT_EQ(JpegEditor::open(file, kLimits, 50, UnsupportedCoding::kReject).has_value(), read_here)
        << recipe.name();
  }
}

// Ends after its first scans, as if it had been meant so. libjpeg decodes it, and smooths its pixels.
TEST(JpegEditor, LeavesCoarseProgressiveFilesToTheGeneralPath) {
  Recipe recipe;
  recipe.coding = Coding::kProgressive;
  Bytes file = make_jpeg(recipe);
  std::vector<std::size_t> scans;
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    if (file[i] == 0xff && file[i + 1] == 0xda) scans.push_back(i);
  }
  ASSERT_GT(scans.size(), 3U);
  file.resize(scans[2]);
  // The tables of the next scan stand before it.
  constexpr std::uint8_t kTables[] = {0xff, 0xc4};
  file.erase(std::search(file.begin() + static_cast<std::ptrdiff_t>(scans[1]), file.end(),
                         std::begin(kTables), std::end(kTables)),
             file.end());
  file.insert(file.end(), {0xff, 0xd9});
  EXPECT_TRUE(decode(file, kLimits));
  EXPECT_FALSE(JpegEditor::open(file, kLimits, 50));
}

TEST(JpegEditor, LeavesOtherKindsToTheGeneralPath) {
  EXPECT_FALSE(JpegEditor::open({}, kLimits, 100));
  EXPECT_FALSE(JpegEditor::open(Bytes{0x89, 'P', 'N', 'G', 13, 10, 26, 10}, kLimits, 100));
}

TEST(JpegEditor, LeavesFilesBeyondALimitToTheGeneralPath) {
  const Bytes file = make_jpeg({});
  Limits limits;
  limits.max_pixels = 64 * 64 - 1;
  EXPECT_FALSE(JpegEditor::open(file, limits, 100));
  limits.max_pixels = 64 * 64;
  EXPECT_TRUE(JpegEditor::open(file, limits, 100));
  limits.max_side = 63;
  EXPECT_FALSE(JpegEditor::open(file, limits, 100));
  limits.max_side = 64;
  limits.max_bytes = file.size() - 1;
  EXPECT_FALSE(JpegEditor::open(file, limits, 100));
}

// A file that opens is never one that the general path would refuse.
TEST(JpegEditor, NeverOpensWhatTheGeneralPathCallsDamaged) {
  std::mt19937 random(99);
  int opened = 0;
  int refused = 0;
  std::vector<Recipe> recipes = jpeg_test::many_recipes();
  for (const Recipe& recipe : coded_otherwise()) recipes.push_back(recipe);
  for (const Recipe& recipe : recipes) {
    SCOPED_TRACE(recipe.name());
    const Bytes file = make_jpeg(recipe);
    for (int i = 0; i < 60; ++i) {
      Bytes damaged = file;
      const std::size_t at = random() % damaged.size();
      switch (i % 5) {
        case 0: damaged[at] = static_cast<std::uint8_t>(random()); break;
        case 1: damaged[at] ^= static_cast<std::uint8_t>(1U << random() % 8); break;
        case 2: damaged.resize(at); break;
        case 3: damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at)); break;
        default:
          damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(at),
                         static_cast<std::uint8_t>(random()));
      }
      const bool opens = JpegEditor::open(damaged, kLimits, 50).has_value();
      const bool decodes = decode(damaged, kLimits).has_value();
      EXPECT_TRUE(decodes || !opens) << i << " at " << at;
      opened += opens;
      refused += !decodes;
    }
  }
  EXPECT_GT(opened, 100);  // the test has seen both
  EXPECT_GT(refused, 100);
}

TEST(JpegEditor, ThrowsWhereAChangeIsNotCovered) {
  Recipe recipe;
  recipe.size = {128, 128};
  const Bytes file = make_jpeg(recipe);
  const auto editor = JpegEditor::open(file, kLimits, 50);
  ASSERT_TRUE(editor);
  const auto part = [&](const Rect& area) {
    RedactedPlanePatches redacted;
    PlanePatches patches = editor->decode(area);
    for (std::size_t i = 0; i < patches.size(); ++i) {
      redacted.push_back(Redactor::redact(std::move(patches[i]), editor->planes()[i].size, {}, {}, kRedBox));
    }
    return redacted;
  };
  const std::vector<Rect> small{{10, 10, 20, 20}};
  const std::vector<Rect> large{{10, 10, 60, 20}};
  const RedactedPlanePatches redacted = part({10, 10, 20, 20});
  EXPECT_NO_THROW((void)editor->encode(redacted, small));
  EXPECT_THROW((void)editor->encode(redacted, large), std::logic_error);
  EXPECT_THROW((void)editor->encode({}, small), std::logic_error);
  EXPECT_THROW((void)editor->decode({128, 0, 5, 5}), std::logic_error);

  const std::vector<Rect> other{{24, 24, 16, 16}};
  const auto edits = [&](bool with_small, bool with_other, const std::vector<Rect>& planned) {
    std::vector<EditedMcus> inserts;
    if (with_small) inserts.push_back(editor->encode(redacted, small));
    if (with_other) inserts.push_back(editor->encode(part({20, 20, 30, 30}), other));
    return sealed(*editor, std::move(inserts), planned);
  };
  EXPECT_NO_THROW((void)editor->write(edits(true, false, small)));
  EXPECT_THROW((void)editor->write(edits(true, true, small)), std::logic_error) << "one MCU twice";
  EXPECT_THROW((void)editor->write(edits(true, false, large)), std::logic_error) << "a planned MCU without";
  EXPECT_THROW((void)editor->write(edits(false, false, small)), std::logic_error) << "nothing done";
}

std::vector<std::uint8_t> markers_of(const Bytes& file) {
  std::vector<std::uint8_t> markers;
  std::size_t at = 2;
  while (at + 4 <= file.size()) {
    markers.push_back(file[at + 1]);
    if (file[at + 1] == 0xda) break;
    at += 2 + (static_cast<std::size_t>(file[at + 2]) << 8 | file[at + 3]);
  }
  return markers;
}

void insert_segment(Bytes& file, std::uint8_t marker, const std::string& payload) {
  const std::size_t length = payload.size() + 2;
  Bytes segment{0xff, marker, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
  segment.insert(segment.end(), payload.begin(), payload.end());
  // Behind SOI and JFIF.
  file.insert(file.begin() + 20, segment.begin(), segment.end());
}

TEST(JpegEditor, DropsEverySegmentThatIsNotNeeded) {
  Recipe recipe;
  recipe.restart_interval = 2;
  Bytes file = make_jpeg(recipe);
  insert_segment(file, 0xe1, std::string("Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0", 20));
  insert_segment(file, 0xe1, "http://ns.adobe.com/xap/1.0/ secret");
  insert_segment(file, 0xed, "Photoshop 3.0 secret");
  insert_segment(file, 0xfe, "secret");
  insert_segment(file, 0xe2, "MPF secret");
  for (const char c : std::string("secret trailer")) file.push_back(static_cast<std::uint8_t>(c));
  const auto editor = JpegEditor::open(file, kLimits, 50);
  ASSERT_TRUE(editor);
  for (const int count : {0, 2}) {
    const Bytes out = edited_output(*editor, some_regions(recipe.size, 1, count));
    const std::string text(out.begin(), out.end());
    EXPECT_EQ(text.find("secret"), std::string::npos);
    for (const std::uint8_t marker : markers_of(out)) {
      EXPECT_TRUE((std::set<std::uint8_t>{0xe0, 0xdb, 0xc0, 0xc4, 0xdd, 0xda}.contains(marker)))
          << int{marker};
    }
    EXPECT_EQ(out[out.size() - 2], 0xff);
    EXPECT_EQ(out[out.size() - 1], 0xd9);
  }
}

}  // namespace
}  // namespace face_privacy
