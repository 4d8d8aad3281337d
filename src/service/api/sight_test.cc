#include "service/api/sight.h"

#include <gtest/gtest.h>

#include "codec/codec.h"
#include "detect/canary.h"
#include "service/api/embedded.h"
#include "test_paths.h"

namespace face_privacy {
namespace {

// The real pipeline, whose findings `change` may spoil.
PhotoPipeline pipeline(const std::function<void(std::vector<Face>&)>& change) {
  Detector::Settings settings;
  settings.model_path = std::string(test_paths::kModels) + "/mnet.25_v1.onnx";
  settings.engine = Engine::kAuto;
  auto loaded = Detector::load(settings);
  if (!loaded) throw std::runtime_error(loaded.error().message);
  const auto detector = std::make_shared<const Detector>(std::move(*loaded));
  PhotoPipeline real;
  real.model = [detector] { return detector->model(); };
  real.detect_built_in = [detector](ByteView file, const DetectOptions& options) {
    return detect_photo(file, *detector, options, Limits{});
  };
  PhotoPipeline spoilt = real;
  spoilt.detect_built_in = [real, change](ByteView file, const DetectOptions& options) {
    auto report = real.detect_built_in(file, options);
    if (report) change(report->faces.front());
    return report;
  };
  return spoilt;
}

TEST(Sight, TheBuiltInPhotoIsTheDrawnPicture) {
  const auto photo = decode(embedded_warm_up_photo(), Limits{});
  ASSERT_TRUE(photo);
  const Image drawn = draw_canary();
  ASSERT_EQ(photo->pixels.size(), drawn.size());
  int largest = 0;
  for (std::size_t i = 0; i < drawn.size_bytes(); ++i) {
    largest = std::max(largest, std::abs(photo->pixels.view().data[i] - drawn.view().data[i]));
  }
  EXPECT_LE(largest, 40);  // JPEG, at the sharpest edges
}

TEST(Sight, IsThereWithSoundWeights) {
  const auto sees = check_sight(pipeline([](std::vector<Face>&) {}));
  EXPECT_TRUE(sees) << sees.error().message;
}

TEST(Sight, IsGoneWhenNothingIsFound) {
  const auto sees = check_sight(pipeline([](std::vector<Face>& faces) { faces.clear(); }));
  ASSERT_FALSE(sees);
  EXPECT_EQ(sees.error().code, ErrorCode::kModel);
}

TEST(Sight, IsGoneWhenOneFaceIsFoundElsewhere) {
  EXPECT_FALSE(check_sight(
      pipeline([](std::vector<Face>& faces) { faces.front().box.x += faces.front().box.width; })));
}

}  // namespace
}  // namespace face_privacy
