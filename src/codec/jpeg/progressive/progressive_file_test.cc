#include "codec/jpeg/progressive/progressive_file.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "codec/jpeg/in_place/test_support.h"
#include "codec/jpeg/one_scan.h"

namespace face_privacy::jpeg {
namespace {

using jpeg_test::Coding;
using jpeg_test::make_jpeg;
using jpeg_test::make_scans;
using jpeg_test::Recipe;
using jpeg_test::ScanRecipe;

constexpr Limits kLimits;

std::optional<SequentialFile> sequential_of(ByteView file) {
  const auto header = read_progressive_layout(file, kLimits);
  return header ? progressive_as_sequential(file, *header) : std::nullopt;
}

Bytes one_scan_of(ByteView file) {
  auto sequential = sequential_of(file);
  return sequential ? std::move(sequential->file) : Bytes{};
}

// Down to the last bit, tables and padding included; only headers are written otherwise.
void expect_as_libjpeg_writes_it(const Bytes& file) {
  const auto ours = sequential_of(file);
  ASSERT_TRUE(ours);
  const auto theirs = as_one_scan(file, kLimits);
  ASSERT_TRUE(theirs);
  const auto layout = read_layout(*theirs, Limits{});
  ASSERT_TRUE(layout);
  EXPECT_TRUE(std::equal(ours->file.begin() + static_cast<std::ptrdiff_t>(ours->layout.scan_begin),
                         ours->file.end(), theirs->begin() + static_cast<std::ptrdiff_t>(layout->scan_begin),
                         theirs->end()));
  Bytes written;
  Bytes expected;
  Layout without_metadata = ours->layout;
  without_metadata.icc_profile.clear();
  append_headers(written, without_metadata);
  append_headers(expected, *layout);
  EXPECT_EQ(written, expected);
}

std::vector<Recipe> progressive_recipes() {
  std::vector<Recipe> recipes = jpeg_test::many_recipes();
  for (Recipe& recipe : recipes) {
    recipe.coding = Coding::kProgressive;
    recipe.quality = std::max(recipe.quality, 30);
  }
  for (int side = 1; side <= 33; ++side) {
    Recipe recipe;
    recipe.size = {side, 34 - side};
    recipe.sampling = side % 3 == 0 ? jpeg_test::Sampling{2, 1} : jpeg_test::Sampling{2, 2};
    recipe.restart_interval = side % 4;
    recipe.coding = Coding::kProgressive;
    recipe.quality = 3 * side;
    recipes.push_back(recipe);
  }
  return recipes;
}

TEST(ProgressiveFile, BecomesTheOneScanThatLibjpegWrites) {
  for (const Recipe& recipe : progressive_recipes()) {
    SCOPED_TRACE(recipe.name());
    expect_as_libjpeg_writes_it(make_jpeg(recipe));
  }
}

TEST(ProgressiveFile, IsReadWithAnyOrderOfScans) {
  std::mt19937 random(7);
  for (Recipe recipe : progressive_recipes()) {
    SCOPED_TRACE(recipe.name());
    recipe.restart_interval = static_cast<int>(random() % 4) * 5;
    const auto scans = make_scans(recipe.components, random);
    expect_as_libjpeg_writes_it(make_jpeg(recipe, jpeg_test::make_picture(recipe).view(), scans));
  }
}

TEST(ProgressiveFile, RealPhotosBecomeWhatLibjpegWrites) {
  int read = 0;
  const auto check = [&](const std::filesystem::path& path) {
    const Bytes file = jpeg_test::read_file(path);
    if (!read_progressive_layout(file, kLimits)) return;
    SCOPED_TRACE(path.filename());
    expect_as_libjpeg_writes_it(file);
    ++read;
  };
  for (const jpeg_test::RealPhoto& photo : jpeg_test::real_photos()) check(photo.path);
  for (const auto& path : jpeg_test::more_photos()) check(path);
  EXPECT_GE(read, 1);
}

// --- what is left to libjpeg

Bytes test_photo() {
  Recipe recipe;
  recipe.size = {61, 45};
  recipe.coding = Coding::kProgressive;
  return make_jpeg(recipe);
}

// Offsets of the markers 0xff `marker` that no byte is stuffed into.
std::vector<std::size_t> markers(const Bytes& file, std::uint8_t marker) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i + 1 < file.size(); ++i) {
    if (file[i] == 0xff && file[i + 1] == marker) found.push_back(i);
  }
  return found;
}

TEST(ProgressiveFile, LeavesTruncatedFilesToLibjpeg) {
  const Bytes file = test_photo();
  for (std::size_t size = 0; size < file.size(); ++size) {
    EXPECT_FALSE(read_progressive(ByteView(file).first(size), kLimits)) << size;
  }
  EXPECT_TRUE(read_progressive(file, kLimits));
}

TEST(ProgressiveFile, LeavesFilesWithoutAllScansToLibjpeg) {
  const Bytes file = test_photo();
  const auto scans = markers(file, 0xda);
  ASSERT_GT(scans.size(), 5U);
  for (const std::size_t scan : scans) {
    Bytes shorter(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(scan));
    shorter.insert(shorter.end(), {0xff, 0xd9});
    EXPECT_FALSE(read_progressive(shorter, kLimits)) << scan;
  }
  for (std::size_t i = 0; i < scans.size(); ++i) {  // one left out in the middle, or there twice
    const std::size_t end = i + 1 < scans.size() ? scans[i + 1] : file.size() - 2;
    const auto begin_of = file.begin() + static_cast<std::ptrdiff_t>(scans[i]);
    const auto end_of = file.begin() + static_cast<std::ptrdiff_t>(end);
    Bytes without(file.begin(), begin_of);
    without.insert(without.end(), end_of, file.end());
    EXPECT_FALSE(read_progressive(without, kLimits)) << i;
    Bytes twice(file.begin(), end_of);
    twice.insert(twice.end(), begin_of, file.end());
    EXPECT_FALSE(read_progressive(twice, kLimits)) << i;
  }
}

TEST(ProgressiveFile, LeavesStrayBytesToLibjpeg) {
  const Bytes file = test_photo();
  for (const std::size_t scan : markers(file, 0xda)) {
    Bytes more = file;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(scan), {0x12, 0x34});
    EXPECT_FALSE(read_progressive(more, kLimits)) << scan;
  }
}

TEST(ProgressiveFile, LeavesPicturesOverALimitToLibjpeg) {
  const Bytes file = test_photo();
  Limits limits;
  limits.max_pixels = 61 * 45 - 1;
  EXPECT_FALSE(read_progressive(file, limits));
  limits = {};
  limits.max_bytes = file.size() - 1;
  EXPECT_FALSE(read_progressive(file, limits));
}

TEST(ProgressiveFile, TakesNoMemoryForAHugePictureInAFewBytes) {
  Bytes file = test_photo();
  const std::size_t frame = markers(file, 0xc2).at(0);
  file[frame + 5] = file[frame + 7] = 0x3f;  // about 16,000 pixels a side
  EXPECT_FALSE(read_progressive(file, kLimits));
}

// Whenever both take a file that was changed at random, they read the same.
TEST(ProgressiveFile, ReadsDamagedFilesAsLibjpegDoesOrNotAtAll) {
  std::mt19937 random(11);
  int accepted = 0;
  for (int i = 0; i < 8000; ++i) {
    Recipe recipe;
    recipe.size = {1 + static_cast<int>(random() % 40), 1 + static_cast<int>(random() % 40)};
    recipe.restart_interval = i % 3;
    recipe.coding = Coding::kProgressive;
    recipe.seed = static_cast<unsigned>(i);
    Bytes file = make_jpeg(recipe, jpeg_test::make_picture(recipe).view(), make_scans(3, random));
    const std::size_t first = markers(file, 0xc2).at(0);
    for (auto left = 1 + random() % 3; left > 0; --left) {
      std::uint8_t& byte = file[first + random() % (file.size() - first)];
      byte = random() % 2 == 0 ? static_cast<std::uint8_t>(byte ^ 1U << random() % 8)
                               : static_cast<std::uint8_t>(random());
    }
    const Bytes ours = one_scan_of(file);
    if (ours.empty()) continue;
    ++accepted;
    const auto theirs = as_one_scan(file, kLimits);
    ASSERT_TRUE(theirs) << i;
    const auto difference =
        jpeg_test::compare(jpeg_test::read_coefficients(ours), jpeg_test::read_coefficients(*theirs), {});
    ASSERT_EQ(difference.coefficients_outside, 0U) << i;
  }
  EXPECT_GT(accepted, 250);
}

}  // namespace
}  // namespace face_privacy::jpeg
