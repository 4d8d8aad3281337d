// A portrait is hung into an empty sphere at places where equirectangular projection tears it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>

#include "codec/codec.h"
#include "panorama/find_faces.h"
#include "panorama/sphere_view.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

constexpr Size kSize{2048, 1024};
constexpr double kFocalPx = 500;  // of the camera

Image portrait() {
  std::ifstream stream(std::string(test_paths::kTestdata) + "/photos/portrait_444.jpg", std::ios::binary);
  const Bytes file{std::istreambuf_iterator<char>(stream), {}};
  auto photo = decode(file, Limits{});
  EXPECT_TRUE(photo.has_value());
  return photo ? std::move(photo->pixels) : Image();
}

const Detector& detector() {
  static const auto loaded = Detector::load({std::string(test_paths::kModels) + "/mnet.25_v1.onnx", 1});
  return *loaded;
}

struct Hung {
  Image panorama;
  std::vector<PointF> noses;  // of the faces, in the panorama
};

// The photo as a camera would have seen it that looks at `yaw` and `pitch`, in degrees: the way from a place
// on the sphere to the camera's pixel, which SphereView goes the other way around.
Hung hung(const Image& photo, double yaw, double pitch) {
  constexpr double kDegree = M_PI / 180;
  Hung result{Image(kSize, kRgb8), {}};
  std::fill_n(result.panorama.mutable_view().data, result.panorama.size_bytes(), std::uint8_t{128});
  const double cos_yaw = std::cos(yaw * kDegree);
  const double sin_yaw = std::sin(yaw * kDegree);
  const double cos_pitch = std::cos(pitch * kDegree);
  const double sin_pitch = std::sin(pitch * kDegree);
  const auto photo_faces =
      detector().find_faces({photo.size(), {photo.view()}}, Profile::kBalanced, std::nullopt, {}).value();
  std::vector<double> nearest(photo_faces.size(), 1e9);
  result.noses.resize(photo_faces.size());
  for (int row = 0; row < kSize.height; ++row) {
    std::uint8_t* pixels = result.panorama.mutable_view().row(row);
    for (int column = 0; column < kSize.width; ++column) {
      const double longitude = ((column + 0.5) / kSize.width - 0.5) * 2 * M_PI;
      const double latitude = (0.5 - (row + 0.5) / kSize.height) * M_PI;
      const double world_x = std::cos(latitude) * std::sin(longitude);
      const double world_y = -std::sin(latitude);
      const double world_z = std::cos(latitude) * std::cos(longitude);
      const double ahead = world_x * sin_yaw + world_z * cos_yaw;
      const double x = world_x * cos_yaw - world_z * sin_yaw;
      const double y = world_y * cos_pitch + ahead * sin_pitch;
      const double z = ahead * cos_pitch - world_y * sin_pitch;
      if (z <= 0) continue;
      const double photo_x = x / z * kFocalPx + photo.width() / 2.0;
      const double photo_y = y / z * kFocalPx + photo.height() / 2.0;
      if (photo_x < 0 || photo_y < 0 || photo_x >= photo.width() || photo_y >= photo.height()) continue;
      const std::uint8_t* from = photo.view().row(static_cast<int>(photo_y)) + 3 * static_cast<int>(photo_x);
      std::copy_n(from, 3, pixels + 3 * column);
      for (std::size_t i = 0; i < photo_faces.size(); ++i) {
        const PointF nose = photo_faces[i].landmarks.nose;
        const double away = std::hypot(photo_x - nose.x, photo_y - nose.y);
        if (away >= nearest[i]) continue;
        nearest[i] = away;
        result.noses[i] = {static_cast<float>(column) + 0.5F, static_cast<float>(row) + 0.5F};
      }
    }
  }
  return result;
}

bool holds(const BoxF& box, PointF point) {
  return point.x >= box.x && point.x <= box.right() && point.y >= box.y && point.y <= box.bottom();
}

std::size_t found(const std::vector<Face>& faces, const std::vector<PointF>& noses) {
  return static_cast<std::size_t>(std::count_if(noses.begin(), noses.end(), [&](PointF nose) {
    return std::any_of(faces.begin(), faces.end(), [&](const Face& face) { return holds(face.box, nose); });
  }));
}

std::vector<Face> faces_around(const Image& panorama) {
  const SphereArea whole{static_cast<float>(kSize.width), static_cast<float>(kSize.height), 0, 0};
  return find_faces_on_sphere(detector(), {kSize, {panorama.view()}}, whole, Profile::kFast, std::nullopt, {})
      .value();
}

std::vector<Face> flat_faces(const Image& panorama) {
  return detector().find_faces({kSize, {panorama.view()}}, Profile::kFast, std::nullopt, {}).value();
}

struct Place {
  double yaw;
  double pitch;
};

class Panorama : public testing::TestWithParam<Place> {};

TEST_P(Panorama, HasItsFace) {
  const Hung sphere = hung(portrait(), GetParam().yaw, GetParam().pitch);
  ASSERT_EQ(sphere.noses.size(), 1U);
  const auto faces = faces_around(sphere.panorama);
  EXPECT_EQ(found(faces, sphere.noses), 1U);
  EXPECT_LE(faces.size(), 3U) << "at the seam it is there on both sides";
  for (const Face& face : faces) {
    EXPECT_LT(face.box.area(), 0.25F * kSize.width * kSize.height);
  }
}

INSTANTIATE_TEST_SUITE_P(Places, Panorama,
                         testing::Values(Place{174, 10}, Place{180, -60}, Place{20, 80}, Place{0, -90}));

// A file may say that it is a small part of a huge sphere.
TEST(Panorama, OfAHugeSphereCostsNoMore) {
  const Image picture = hung(portrait(), 0, 0).panorama;
  const SphereArea huge{1'000'000, 500'000, 0, 0};
  const auto faces =
      find_faces_on_sphere(detector(), {kSize, {picture.view()}}, huge, Profile::kFast, std::nullopt, {});
  ASSERT_TRUE(faces.has_value());
  EXPECT_EQ(faces->size(), 1U) << "found flat";
}

// What the views are for.
TEST(Panorama, AsAFlatPictureHidesAFaceNearAPole) {
  const Hung sphere = hung(portrait(), -100, -80);
  EXPECT_EQ(found(flat_faces(sphere.panorama), sphere.noses), 0U);
}

TEST(Panorama, AFaceAtTheSeamIsGivenWholeOnBothSides) {
  const Image photo = portrait();
  const auto photo_faces =
      detector().find_faces({photo.size(), {photo.view()}}, Profile::kBalanced, std::nullopt, {}).value();
  const double off_middle = photo_faces.front().landmarks.nose.x - photo.width() / 2.0;
  const Hung sphere = hung(photo, 180 - std::atan(off_middle / kFocalPx) * 180 / M_PI, 0);
  const auto faces = faces_around(sphere.panorama);
  const auto crosses = [&](float edge) {
    return std::count_if(faces.begin(), faces.end(),
                         [&](const Face& face) { return face.box.x < edge && face.box.right() > edge; });
  };
  EXPECT_EQ(crosses(0), 1);
  EXPECT_EQ(crosses(static_cast<float>(kSize.width)), 1);
}

}  // namespace
}  // namespace face_privacy
