#include "pipeline/output_checks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>

#include "codec/test_support.h"
#include "pipeline/pipeline.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

const std::vector<std::string>& demo_photos() {
  static const std::vector<std::string> kNames{"sample1.jpg", "sample2.jpg", "sample3.jpg",
                                               "sample4.jpg", "sample5.jpg", "sample6.jpg"};
  return kNames;
}

Bytes demo_file(const std::string& name) {
  std::ifstream file(std::string(test_paths::kDemoPhotos) + "/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const Detector& detector() {
  static const auto loaded =
      Detector::load({std::string(test_paths::kModels) + "/mnet.25_v1.onnx", 1, Engine::kAuto});
  return *loaded;
}

// A demo photo with what was found in it and what is planned.
struct Case {
  Bytes file;
  OpenedPhoto photo;
  std::vector<std::vector<Face>> faces;
  std::vector<std::vector<Region>> regions;
  std::vector<bool> kept;

  PlannedCover cover() const { return {regions, faces, kept}; }
};

Case case_of(const std::string& name) {
  Case made;
  made.file = demo_file(name);
  made.photo = *open_photo(made.file, Limits{});
  const Photo photo = decoded(made.file);
  made.faces.push_back(
      *detector().find_faces({photo.frame_size(), {photo.frame(0)}}, Profile::kFast, 0.5F, {}));
  made.regions.push_back(plan_regions(made.faces[0], {}, {}, {}));
  made.kept.resize(made.faces[0].size());
  return made;
}

Bytes redacted(Photo photo, const std::vector<Region>& regions, const RedactOptions& options) {
  const std::vector<std::vector<Region>> frames{regions};
  return *encode(Redactor::redact(std::move(photo), frames, options), {});
}

OutputChecks checks_of(const Case& each, const Bytes& output) {
  const auto checks =
      check_output(each.photo, output, JpegPath::kFastest, each.cover(), detector(), Limits{}, {});
  EXPECT_TRUE(checks);
  return checks.value_or(OutputChecks{});
}

bool holds(const Ellipse& ellipse, PointF point) {
  const float x = (point.x - ellipse.center.x) / ellipse.radius_x;
  const float y = (point.y - ellipse.center.y) / ellipse.radius_y;
  return x * x + y * y < 1;
}

// Whether a region beside that of face `index` covers its middle as well: then no fault shows.
bool is_covered_twice(const Case& each, std::size_t index) {
  int covering = 0;
  for (const Region& region : each.regions[0])
    covering += holds(region.core, each.faces[0][index].box.center());
  return covering != 1;
}

// The region over the middle of a face.
std::size_t region_over(const Case& each, std::size_t face) {
  std::size_t index = 0;
  while (!holds(each.regions[0][index].core, each.faces[0][face].box.center())) ++index;
  return index;
}

// One pass of a blur over an area of RGB pixels, along x or along y.
void blur_pass(const ImageView& from, const MutableImageView& to, const Rect& area, float sigma,
               bool along_x) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  for (int y = area.y; y < area.bottom(); ++y) {
    for (int i = 3 * area.x; i < 3 * area.right(); ++i) {
      float sum = 0;
      float weights = 0;
      for (int step = -reach; step <= reach; ++step) {
        const float weight = std::exp(-static_cast<float>(step * step) / (2 * sigma * sigma));
        sum += weight * static_cast<float>(along_x ? from.row(y)[i + 3 * step] : from.row(y + step)[i]);
        weights += weight;
      }
      to.row(y)[i] = static_cast<std::uint8_t>(sum / weights);
    }
  }
}

// A blur of the face's own pixels where the region is.
void blur_weakly(Photo& photo, const Region& region, float sigma) {
  const int reach = static_cast<int>(std::ceil(3 * sigma));
  const Size size = photo.frame_size();
  const Rect inner =
      intersect(region.bounds(), {2 * reach, 2 * reach, size.width - 4 * reach, size.height - 4 * reach});
  const Rect outer{inner.x, inner.y - reach, inner.width, inner.height + 2 * reach};
  Image across = photo.pixels.clone();
  Image both = photo.pixels.clone();
  blur_pass(photo.pixels.view(), across.mutable_view(), outer, sigma, true);
  blur_pass(across.view(), both.mutable_view(), inner, sigma, false);
  photo.pixels = std::move(both);
}

// Calls `fault` for each face of each demo photo that one region covers; returns how many there were.
int for_each_face(const std::function<void(const Case&, std::size_t face, std::size_t region)>& fault) {
  int count = 0;
  for (const std::string& name : demo_photos()) {
    const Case each = case_of(name);
    for (std::size_t face = 0; face < each.faces[0].size(); ++face) {
      if (is_covered_twice(each, face)) continue;
      fault(each, face, region_over(each, face));
      ++count;
    }
  }
  return count;
}

TEST(OutputChecks, WhatThisProgramMakesShowsNothing) {
  for (const std::string& name : demo_photos()) {
    const Case each = case_of(name);
    for (const Style style : {Style::kBlur, Style::kPixelate, Style::kFill}) {
      RedactOptions options;
      options.style = style;
      const OutputChecks checks = checks_of(each, redacted(decoded(each.file), each.regions[0], options));
      EXPECT_EQ(checks.showing, 0) << name << " " << name_of(style);
      EXPECT_EQ(checks.places, static_cast<int>(each.regions[0].size() + each.faces[0].size()));
    }
  }
}

TEST(OutputChecks, AFaceThatWasSkippedShows) {
  const int count = for_each_face([](const Case& each, std::size_t, std::size_t region) {
    std::vector<Region> fewer = each.regions[0];
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(region));
    EXPECT_GT(checks_of(each, redacted(decoded(each.file), fewer, {})).showing, 0);
  });
  EXPECT_GE(count, 15);
}

TEST(OutputChecks, ARegionThatLiesAFaceAsideShows) {
  const int count = for_each_face([](const Case& each, std::size_t face, std::size_t region) {
    std::vector<Region> moved = each.regions[0];
    moved[region].core.center.x += each.faces[0][face].box.width;
    EXPECT_GT(checks_of(each, redacted(decoded(each.file), moved, {})).showing, 0);
  });
  EXPECT_GE(count, 15);
}

TEST(OutputChecks, AFaceThatIsMissingInThePlanShows) {
  const int count = for_each_face([](const Case& each, std::size_t, std::size_t region) {
    Case forgotten = each;
    forgotten.photo.file = forgotten.file;
    auto& regions = forgotten.regions[0];
    regions.erase(regions.begin() + static_cast<std::ptrdiff_t>(region));
    EXPECT_GT(checks_of(forgotten, redacted(decoded(each.file), regions, {})).showing, 0);
  });
  EXPECT_GE(count, 15);
}

TEST(OutputChecks, AWeakBlurInPlaceOfThePatchShows) {
  const int count = for_each_face([](const Case& each, std::size_t face, std::size_t region) {
    Photo photo = decoded(each.file);
    std::vector<Region> others = each.regions[0];
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(region));
    blur_weakly(photo, each.regions[0][region], each.faces[0][face].box.width / 30);
    EXPECT_GT(checks_of(each, redacted(std::move(photo), others, {})).showing, 0);
  });
  EXPECT_GE(count, 15);
}

TEST(OutputChecks, AnOutputOfAnotherSizeIsRefused) {
  const Case each = case_of(demo_photos().front());
  const auto checks = check_output(each.photo, test_file("420.jpg"), JpegPath::kFastest, each.cover(),
                                   detector(), Limits{}, {});
  ASSERT_FALSE(checks);
  EXPECT_EQ(checks.error().code, ErrorCode::kDamagedPhoto);
}

}  // namespace
}  // namespace face_privacy
