#include "detect/canary.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "codec/codec.h"
#include "crypto/digest.h"
#include "detect/detector.h"
#include "nn/model_file.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

const std::string kWeights = std::string(test_paths::kModels) + "/mnet.25_v1";

Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Result<Detector> load(const std::string& path, Engine engine) {
  Detector::Settings settings;
  settings.model_path = path;
  settings.engine = engine;
  return Detector::load(settings);
}

std::vector<Face> faces_in_place() {
  std::vector<Face> faces;
  for (const BoxF& box : canary_faces()) faces.push_back({box, 0.99F, {}});
  return faces;
}

TEST(Canary, IsTheSameEveryTimeAndHoldsItsFacesWithinReach) {
  const Image one = draw_canary();
  const Image other = draw_canary();
  ASSERT_EQ(one.size(), other.size());
  EXPECT_TRUE(std::equal(one.view().data, one.view().data + one.size_bytes(), other.view().data));
  for (const BoxF& box : canary_faces()) {
    EXPECT_GE(box.x, 0);
    EXPECT_GE(box.y, 0);
    EXPECT_LE(box.right(), static_cast<float>(one.width()));
    EXPECT_LE(box.bottom(), static_cast<float>(one.height()) + 1);
  }
}

TEST(Canary, AcceptsItsFacesInPlace) { EXPECT_TRUE(check_canary(faces_in_place())); }

TEST(Canary, RefusesEachFaceThatIsMissingUnsureOrElsewhere) {
  for (std::size_t i = 0; i < canary_faces().size(); ++i) {
    auto missing = faces_in_place();
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_FALSE(check_canary(missing)) << i;
    auto unsure = faces_in_place();
    unsure[i].score = 0.3F;
    EXPECT_FALSE(check_canary(unsure)) << i;
    auto elsewhere = faces_in_place();
    elsewhere[i].box.x += elsewhere[i].box.width / 2;
    EXPECT_FALSE(check_canary(elsewhere)) << i;
  }
}

TEST(Canary, AsksLessOfScrfd) {
  auto faces = faces_in_place();
  for (Face& face : faces) face.score = 0.6F;
  EXPECT_TRUE(check_canary(faces, "scrfd"));
  EXPECT_FALSE(check_canary(faces, "insightface"));
  EXPECT_FALSE(check_canary(faces, "priors"));
  faces[0].score = 0.3F;
  EXPECT_FALSE(check_canary(faces, "scrfd"));
}

TEST(Canary, RefusesFacesEverywhere) {
  auto faces = faces_in_place();
  for (int i = 0; i < 3; ++i) faces.push_back({{static_cast<float>(20 * i), 0, 10, 10}, 0.9F, {}});
  const auto checked = check_canary(faces);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, ErrorCode::kModel);
}

TEST(Canary, IsSeenByTheWeightsOnEveryEngine) {
  for (const Engine engine : {Engine::kFp32, Engine::kAuto}) {
    const auto detector = load(kWeights + ".onnx", engine);
    ASSERT_TRUE(detector) << detector.error().message;
    EXPECT_TRUE(detector->check_sight());
  }
}

// Weights with a few flipped bits, and a table of ranges, if there is one, that takes them for its own.
class DamagedWeights {
 public:
  // `path` without its extension. `told` goes behind the file, where it is more of the same message.
  explicit DamagedWeights(const std::string& path, const Bytes& told = {})
      : folder_(std::filesystem::path(testing::TempDir()) / ("damaged_weights_" + std::to_string(getpid()))),
        sound_(read_bytes(path + ".onnx")),
        ranges_(read_bytes(path + ".ranges")) {
    sound_.insert(sound_.end(), told.begin(), told.end());
    std::filesystem::create_directories(folder_);
  }
  ~DamagedWeights() { std::filesystem::remove_all(folder_); }

  bool has_ranges() const { return !ranges_.empty(); }
  std::string as_they_are() const { return written(sound_); }
  std::string flipped(std::mt19937& random) const {
    Bytes weights = sound_;
    const std::size_t count = 1 + random() % 20;
    for (std::size_t i = 0; i < count; ++i) {
      weights[random() % weights.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    }
    return written(weights);
  }

 private:
  std::string written(const Bytes& weights) const {
    write("weights.onnx", weights);
    if (!has_ranges()) return (folder_ / "weights.onnx").string();
    Bytes ranges = ranges_;
    const std::string sha256 = to_hex(face_privacy::sha256(weights));
    std::copy(sha256.begin(), sha256.end(), ranges.begin() + std::string("model ").size());
    write("weights.ranges", ranges);
    return (folder_ / "weights.onnx").string();
  }

  void write(const char* name, const Bytes& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }

  std::filesystem::path folder_;
  Bytes sound_;
  Bytes ranges_;
};

int damaged_sets() {
  const char* const wanted = std::getenv("FACE_PRIVACY_DAMAGED_SETS");
  return wanted != nullptr ? std::max(1, std::atoi(wanted)) : 40;
}

// Four people, of whom sound weights see all with a score of `sure` or more.
void expect_refused_or_seeing(const DamagedWeights& weights, float sure) {
  const Bytes file = read_bytes(std::string(test_paths::kDemoPhotos) + "/sample6.jpg");
  const auto photo = decode(file, Limits{});
  ASSERT_TRUE(photo);
  ASSERT_TRUE(load(weights.as_they_are(), Engine::kAuto)) << "refused for another reason";
  std::mt19937 random(17);
  int refused = 0;
  const int sets = damaged_sets();
  for (int set = 0; set < sets; ++set) {
    const bool at_8_bits = weights.has_ranges() && set % 2 == 0;
    const auto detector = load(weights.flipped(random), at_8_bits ? Engine::kInt8 : Engine::kFp32);
    if (!detector) {
      EXPECT_EQ(detector.error().code, ErrorCode::kModel) << detector.error().message;
      ++refused;
      continue;
    }
    ASSERT_TRUE(detector->check_sight());
    const auto faces =
        detector->find_faces({photo->pixels.size(), {photo->pixels.view()}}, Profile::kFast, sure, {});
    ASSERT_TRUE(faces);
    EXPECT_GE(faces->size(), 4U) << "set " << set << ": ready, and blind to one of four people";
    EXPECT_LE(faces->size(), 6U) << "set " << set;
  }
  std::printf("%d of %d damaged sets refused\n", refused, sets);
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, sets) << "whatever comes is refused";
}

// FACE_PRIVACY_DAMAGED_SETS=1000 for the long run of these.
TEST(Canary, DamagedWeightsAreRefusedOrStillSeePeople) {
  expect_refused_or_seeing(DamagedWeights(kWeights), 0.8F);
}

TEST(Canary, DamagedPermissiveWeightsAreRefusedOrStillSeePeople) {
  const std::string path = std::string(test_paths::kModels) + "/retinaface_permissive";
  if (!std::filesystem::exists(path + ".onnx")) GTEST_SKIP() << "`make permissive-weights` brings them";
  // By their hash the program knows their anchors; of flipped ones the file has to tell them. A field of an
  // ONNX model (metadata_props, with a key and a value), as bytes.
  const std::string key = "min_sizes";
  const std::string value = "16,32,64,128,256,512";
  Bytes told{0x72, static_cast<std::uint8_t>(4 + key.size() + value.size()), 0x0a,
             static_cast<std::uint8_t>(key.size())};
  told.insert(told.end(), key.begin(), key.end());
  told.insert(told.end(), {0x12, static_cast<std::uint8_t>(value.size())});
  told.insert(told.end(), value.begin(), value.end());
  expect_refused_or_seeing(DamagedWeights(path, told), 0.7F);
}

// FACE_PRIVACY_SCRFD=scrfd_2.5g_kps for a file scrfd_2.5g_kps.onnx: nobody may pass these weights on.
TEST(Canary, DamagedScrfdIsRefusedOrStillSeesPeople) {
  const char* const path = std::getenv("FACE_PRIVACY_SCRFD");
  if (path == nullptr) GTEST_SKIP() << "FACE_PRIVACY_SCRFD names no weights";
  expect_refused_or_seeing(DamagedWeights(path), 0.4F);
}

}  // namespace
}  // namespace face_privacy
