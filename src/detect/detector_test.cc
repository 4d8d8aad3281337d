#include "detect/detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <thread>

#include "codec/codec.h"
#include "crypto/digest.h"
#include "detect/retinaface/engine.h"
#include "detect/retinaface/onnx_engine.h"
#include "detect/turned_copies.h"
#include "detect/way_up.h"
#include "image/resize.h"
#include "nn/model_file.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

std::string model_path(const std::string& version) {
  return std::string(test_paths::kModels) + "/mnet.25_" + version + ".onnx";
}

Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Image demo_photo(int number) {
  const auto file =
      read_bytes(std::string(test_paths::kDemoPhotos) + "/sample" + std::to_string(number) + ".jpg");
  auto photo = decode(file, Limits{});
  EXPECT_TRUE(photo.has_value()) << "sample" << number;
  return photo ? std::move(photo->pixels) : Image();
}

const Detector& detector(const std::string& version) {
  static std::map<std::string, Detector> loaded;
  auto at = loaded.find(version);
  if (at == loaded.end()) {
    auto made = Detector::load({model_path(version), 1});
    if (!made) throw std::runtime_error(made.error().message);
    at = loaded.emplace(version, std::move(*made)).first;
  }
  return at->second;
}

std::vector<Face> find(const Detector& with, const ImageView& view, Profile profile,
                       std::optional<float> min_score = {}) {
  const auto faces = with.find_faces({view.size(), {view}}, profile, min_score, {});
  EXPECT_TRUE(faces.has_value());
  return faces.value_or(std::vector<Face>{});
}

bool has_face_at(const std::vector<Face>& faces, const BoxF& box, float overlap = 0.6F) {
  return std::any_of(faces.begin(), faces.end(),
                     [&](const Face& face) { return intersection_over_union(face.box, box) > overlap; });
}

// Counted by eye, and nobody is missed; how many false alarms there may be is bounded from above.
struct Count {
  int photo;
  std::size_t faces;
};
constexpr std::array kCounts{Count{1, 3}, Count{2, 3}, Count{3, 3}, Count{4, 4}, Count{5, 5}, Count{6, 4}};

class DemoPhotos : public testing::TestWithParam<std::tuple<std::string, Profile>> {};

TEST_P(DemoPhotos, HaveTheFacesThatAPersonCounts) {
  const auto& [version, profile] = GetParam();
  std::size_t counted = 0;
  std::size_t found = 0;
  std::size_t sure = 0;
  for (const Count& count : kCounts) {
    const Image photo = demo_photo(count.photo);
    const auto faces = find(detector(version), photo.view(), profile);
    EXPECT_GE(faces.size(), count.faces) << "sample" << count.photo;
    counted += count.faces;
    found += faces.size();
    sure += static_cast<std::size_t>(
        std::count_if(faces.begin(), faces.end(), [](const Face& face) { return face.score > 0.8F; }));
  }
  EXPECT_GE(sure, counted);
  EXPECT_LE(sure, counted + 2);
  EXPECT_LE(found, counted + (profile == Profile::kThorough ? 12 : 5));
}

INSTANTIATE_TEST_SUITE_P(Detector, DemoPhotos,
                         testing::Combine(testing::Values("v1", "v2"),
                                          testing::Values(Profile::kFast, Profile::kBalanced)));
INSTANTIATE_TEST_SUITE_P(DetectorThorough, DemoPhotos,
                         testing::Values(std::make_tuple("v1", Profile::kThorough)));

TEST(Detector, PutsLandmarksWhereTheyBelong) {
  const Image photo = demo_photo(3);
  for (const char* version : {"v1", "v2"}) {
    const auto faces = find(detector(version), photo.view(), Profile::kFast, 0.9F);
    ASSERT_EQ(faces.size(), 3U) << version;
    for (const Face& face : faces) {
      const Landmarks& marks = face.landmarks;
      // Fractions of the box: eyes in the upper half, a third to two thirds apart, mouth below.
      const auto x = [&](PointF point) { return (point.x - face.box.x) / face.box.width; };
      const auto y = [&](PointF point) { return (point.y - face.box.y) / face.box.height; };
      EXPECT_NEAR(x(marks.left_eye) - x(marks.right_eye), 0.42, 0.14) << version;
      EXPECT_NEAR(y(marks.left_eye), 0.4, 0.12);
      EXPECT_NEAR(y(marks.right_eye), 0.4, 0.12);
      EXPECT_NEAR(x(marks.nose), 0.5, 0.24);  // one head is turned
      EXPECT_NEAR(y(marks.nose), 0.6, 0.12);
      EXPECT_NEAR(y(marks.mouth_left), 0.78, 0.12);
      EXPECT_LT(x(marks.mouth_right), x(marks.mouth_left));
    }
  }
}

TEST(Detector, FindsFacesAtTheBorderAndFillingThePicture) {
  const Image photo = demo_photo(3);
  const auto whole = find(detector("v1"), photo.view(), Profile::kBalanced, 0.9F);
  ASSERT_EQ(whole.size(), 3U);
  for (const Face& face : whole) {
    const Rect tight{static_cast<int>(face.box.x), static_cast<int>(face.box.y),
                     static_cast<int>(face.box.width), static_cast<int>(face.box.height)};
    for (const Profile profile : {Profile::kFast, Profile::kBalanced}) {
      const auto filling = find(detector("v1"), photo.view().crop(tight), profile);
      EXPECT_TRUE(has_face_at(filling, {0, 0, face.box.width, face.box.height}));
      // A quarter of the face is cut off on the left.
      const Rect cut = intersect({tight.x + tight.width / 4, tight.y - 100, 500, 500},
                                 {0, 0, photo.width(), photo.height()});
      const auto at_border = find(detector("v1"), photo.view().crop(cut), profile);
      EXPECT_TRUE(has_face_at(
          at_border, {0, face.box.y - static_cast<float>(cut.y), face.box.width * 0.75F, face.box.height},
          0.5F));
    }
  }
}

// A slower profile looks harder: what `fast` is sure of, the others find, however much of the picture the
// face fills and however small the picture is.
void expect_sure_faces_in_slower_profiles(const ImageView& view, const std::string& what) {
  const auto sure = find(detector("v1"), view, Profile::kFast, 0.9F);
  for (const Profile profile : {Profile::kBalanced, Profile::kThorough}) {
    const auto faces = find(detector("v1"), view, profile);
    for (const Face& face : sure) {
      EXPECT_TRUE(has_face_at(faces, face.box, 0.35F)) << what << ", " << name_of(profile);
    }
  }
}

TEST(Detector, SlowerProfilesFindWhatFastIsSureOf) {
  for (const Count& count : kCounts) {
    if (count.photo % 2 == 0) continue;  // half of them: each takes seconds
    const Image photo = demo_photo(count.photo);
    expect_sure_faces_in_slower_profiles(photo.view(), "sample" + std::to_string(count.photo));
    for (const Face& face : find(detector("v1"), photo.view(), Profile::kFast, 0.9F)) {
      const auto margin = static_cast<int>(face.box.width / 6);
      const Rect around = intersect(
          {static_cast<int>(face.box.x) - margin, static_cast<int>(face.box.y) - margin,
           static_cast<int>(face.box.width) + 2 * margin, static_cast<int>(face.box.height) + 2 * margin},
          {0, 0, photo.width(), photo.height()});
      const ImageView filled = photo.view().crop(around);
      for (const int long_side_px : {80, 256}) {
        const double scale = static_cast<double>(long_side_px) / std::max(filled.width, filled.height);
        const Image sized = resize_to_rgb8(filled, {std::max(1, static_cast<int>(filled.width * scale)),
                                                    std::max(1, static_cast<int>(filled.height * scale))});
        expect_sure_faces_in_slower_profiles(sized.view(), "a face filling " + std::to_string(long_side_px) +
                                                               " px of sample" + std::to_string(count.photo));
      }
    }
  }
}

TEST(Detector, FindsA3000PxFace) {
  const Image photo = demo_photo(3);
  const auto whole = find(detector("v1"), photo.view(), Profile::kFast, 0.9F);
  ASSERT_FALSE(whole.empty());
  const BoxF& box = whole.front().box;
  const Rect around =
      intersect({static_cast<int>(box.x - box.width / 4), static_cast<int>(box.y - box.height / 4),
                 static_cast<int>(box.width * 1.5F), static_cast<int>(box.height * 1.5F)},
                {0, 0, photo.width(), photo.height()});
  const float scale = 3000 / box.height;
  const Image large = resize_to_rgb8(photo.view().crop(around),
                                     {static_cast<int>(static_cast<float>(around.width) * scale),
                                      static_cast<int>(static_cast<float>(around.height) * scale)});
  const BoxF expected{(box.x - static_cast<float>(around.x)) * scale,
                      (box.y - static_cast<float>(around.y)) * scale, box.width * scale, box.height * scale};
  for (const Profile profile : {Profile::kFast, Profile::kBalanced, Profile::kThorough}) {
    EXPECT_TRUE(has_face_at(find(detector("v1"), large.view(), profile), expected)) << name_of(profile);
  }
}

TEST(Detector, FindsFacesOfTenPx) {
  const Image photo = demo_photo(3);
  const Image small = resize_to_rgb8(photo.view(), {100, 70});
  EXPECT_EQ(find(detector("v1"), small.view(), Profile::kBalanced).size(), 3U);
}

TEST(Detector, FindsThePeopleOfAPhotoWhicheverWayItLies) {
  const Image large = demo_photo(6);
  const Image photo = resize_to_rgb8(large.view(), {large.width() / 2, large.height() / 2});
  const auto upright = find(detector("v1"), photo.view(), Profile::kBalanced, 0.9F);
  EXPECT_EQ(upright.size(), 4U);
  const auto expect_found = [&](Orientation way, Profile profile) {
    auto faces = find(detector("v1"), oriented(photo.view(), way).view(), profile, 0.8F);
    for (Face& face : faces) face = upright_again(face, way, photo.size());
    for (const Face& face : upright) EXPECT_TRUE(has_face_at(faces, face.box)) << name_of(profile);
  };
  for (const Orientation way : kTurnings) expect_found(way, Profile::kBalanced);
  expect_found(Orientation::kUpsideDown, Profile::kThorough);
}

TEST(Detector, FindsThePeopleOfAPhotoThatLeans) {
  const Image large = demo_photo(6);
  const Image photo = resize_to_rgb8(large.view(), {large.width() / 2, large.height() / 2});
  const auto upright = find(detector("v1"), photo.view(), Profile::kBalanced, 0.9F);
  for (const Orientation way : {Orientation::kTiltedLeft, Orientation::kTiltedRight}) {
    const Image copy = oriented(photo.view(), way);
    for (const Profile profile : {Profile::kFast, Profile::kBalanced}) {
      auto faces = find(detector("v1"), copy.view(), profile, 0.8F);
      for (Face& face : faces) face = upright_again(face, way, photo.size());
      for (const Face& face : upright) EXPECT_TRUE(has_face_at(faces, face.box)) << name_of(profile);
    }
  }
}

TEST(Detector, FindsTheSameFacesInEveryLayoutAndFromASmallerView) {
  const Image photo = demo_photo(6);
  const auto whole = find(detector("v1"), photo.view(), Profile::kFast, 0.9F);
  ASSERT_EQ(whole.size(), 4U);
  ASSERT_EQ(whole.size(), 4U);

  Image alpha(photo.size(), {ColorModel::kRgb, true, 2});
  for (int y = 0; y < photo.height(); ++y) {
    auto* out = reinterpret_cast<std::uint16_t*>(alpha.mutable_view().row(y));
    for (int x = 0; x < photo.width(); ++x) {
      for (int c = 0; c < 3; ++c)
        out[4 * x + c] = static_cast<std::uint16_t>(photo.view().row(y)[3 * x + c] * 257);
      out[4 * x + 3] = 0;  // invisible, but in the file
    }
  }
  const Image smaller = resize_to_rgb8(photo.view(), {photo.width() / 4, photo.height() / 4});
  const PictureViews views{photo.size(), {smaller.view()}};
  const auto from_smaller = detector("v1").find_faces(views, Profile::kFast, 0.9F, {});
  ASSERT_TRUE(from_smaller.has_value());
  const auto from_alpha = find(detector("v1"), alpha.view(), Profile::kFast, 0.9F);
  for (const Face& face : whole) {
    EXPECT_TRUE(has_face_at(*from_smaller, face.box, 0.8F));
    EXPECT_TRUE(has_face_at(from_alpha, face.box, 0.95F));
  }
}

TEST(Detector, AHigherThresholdOnlyCutsTheList) {
  const Image photo = demo_photo(4);
  const auto all = find(detector("v1"), photo.view(), Profile::kBalanced, 0.F);
  const auto some = find(detector("v1"), photo.view(), Profile::kBalanced, 0.5F);
  ASSERT_GE(some.size(), 4U);
  ASSERT_LT(some.size(), all.size());
  for (std::size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i].box.x, all[i].box.x);
  EXPECT_LT(all[some.size()].score, 0.5F);
}

TEST(Detector, SurvivesPicturesOfAnySize) {
  for (const Size size : {Size{1, 1}, Size{1, 500}, Size{3000, 2}, Size{33, 31}, Size{5000, 40}}) {
    Image noise(size, kRgb8);
    std::mt19937 random(1);
    for (std::size_t i = 0; i < noise.size_bytes(); ++i) {
      noise.mutable_view().data[i] = static_cast<std::uint8_t>(random());
    }
    for (const Face& face : find(detector("v1"), noise.view(), Profile::kBalanced, 0.F)) {
      EXPECT_TRUE(std::isfinite(face.box.x + face.box.y + face.box.width + face.box.height));
    }
  }
}

TEST(Detector, StopsWhenAsked) {
  const Image photo = demo_photo(1);
  std::stop_source source;
  source.request_stop();
  const auto faces = detector("v1").find_faces({photo.size(), {photo.view()}}, Profile::kFast, {},
                                               StopCondition(std::nullopt, source.get_token()));
  ASSERT_FALSE(faces.has_value());
  EXPECT_EQ(faces.error().code, ErrorCode::kCancelled);
}

TEST(Detector, SeveralThreadsFindTheSame) {
  const Image photo = demo_photo(2);
  const auto expected = find(detector("v1"), photo.view(), Profile::kFast);
  ASSERT_GE(expected.size(), 3U);
  std::array<std::vector<Face>, 3> found;
  {
    std::vector<std::jthread> threads;
    for (auto& one : found) {
      threads.emplace_back([&] { one = find(detector("v1"), photo.view(), Profile::kFast); });
    }
  }
  for (const auto& one : found) {
    ASSERT_EQ(one.size(), expected.size());
    for (std::size_t i = 0; i < one.size(); ++i) EXPECT_FLOAT_EQ(one[i].box.x, expected[i].box.x);
  }
}

TEST(Detector, TellsItsModel) {
  const ModelInfo& model = detector("v1").model();
  EXPECT_EQ(model.name, "mnet.25_v1.onnx");
  EXPECT_EQ(model.sha256, "a4bb1e33c921877ecccca2a2e757d44c4fb511ae84d85a833c5a77e6f2461744");
  EXPECT_EQ(model.layout, "insightface");
  EXPECT_NE(model.license.find("research"), std::string::npos);
  EXPECT_EQ(model.engine.rfind("onnxruntime ", 0), 0U);
}

TEST(Detector, LargestInputIsWhatTheProfilesSay) {
  EXPECT_EQ(detector("v1").sufficient_px(Profile::kFast, {4000, 3000}), 624);
  EXPECT_EQ(detector("v1").sufficient_px(Profile::kBalanced, {3000, 4000}), 1248);
}

TEST(ModelFile, ThatCannotBeReadIsAnError) {
  for (const std::string path : {"", "/nowhere/at.all", "/tmp"}) {
    const auto loaded = Detector::load({path, 1});
    ASSERT_FALSE(loaded.has_value()) << path;
    EXPECT_EQ(loaded.error().code, ErrorCode::kIo) << path;
  }
}

TEST(ModelFile, Sha256IsTheStandardsOwnExample) {
  const std::string text = "abc";
  EXPECT_EQ(to_hex(sha256(std::string_view(text))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(LoadedNetwork, RefusesWhatIsNoModel) {
  const Bytes model = read_bytes(model_path("v1"));
  ASSERT_FALSE(model.empty());
  std::vector<Bytes> broken = {{}, {0}, {'t', 'e', 'x', 't'}, Bytes(1000, 0xff)};
  for (const std::size_t size : {1UL, 100UL, model.size() / 2, model.size() - 1}) {
    broken.emplace_back(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(size));
  }
  for (const Bytes& bytes : broken) {
    const auto loaded = load_onnx_network(bytes, 1);
    ASSERT_FALSE(loaded.has_value()) << bytes.size();
    EXPECT_EQ(loaded.error().code, ErrorCode::kModel);
  }
}

TEST(LoadedNetwork, ADamagedModelIsAnErrorOrRuns) {
  const Bytes model = read_bytes(model_path("v1"));
  Image gray({96, 64}, kRgb8);
  std::fill_n(gray.mutable_view().data, gray.size_bytes(), std::uint8_t{128});
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    Bytes damaged = model;
    // The graph is at the start, the weights fill the rest.
    for (int i = 0; i < 8; ++i) damaged[random() % 20'000] = static_cast<std::uint8_t>(random());
    const auto loaded = load_onnx_network(damaged, 1);
    if (!loaded) {
      EXPECT_EQ(loaded.error().code, ErrorCode::kModel);
      continue;
    }
    (void)loaded->network->run(gray.view());
  }
}

TEST(LoadedNetwork, RunsAtAnyMultipleOf32) {
  const auto loaded = load_onnx_network(read_bytes(model_path("v2")), 1);
  ASSERT_TRUE(loaded.has_value());
  for (const Size size : {Size{32, 32}, Size{32, 320}, Size{416, 96}}) {
    Image gray(size, kRgb8);
    std::fill_n(gray.mutable_view().data, gray.size_bytes(), std::uint8_t{128});
    const auto outputs = loaded->network->run(gray.view());
    ASSERT_TRUE(outputs.has_value());
    for (std::size_t i = 0; i < kLevelCount; ++i) {
      const HeadLevel& level = outputs->levels[i];
      const auto cells = static_cast<std::size_t>(level.cells.width * level.cells.height);
      EXPECT_EQ(level.score.values.size(), kAnchorsPerCell * cells);
      EXPECT_EQ(level.box.values.size(), 4 * kAnchorsPerCell * cells);
      EXPECT_EQ(level.landmarks.values.size(), 10 * kAnchorsPerCell * cells);
    }
  }
}

}  // namespace
}  // namespace face_privacy
