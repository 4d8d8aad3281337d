#include "detect/detector.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "detect/head_decoder.h"
#include "detect/merge.h"
#include "detect/model_file.h"
#include "detect/network.h"
#include "detect/onnx_network.h"
#include "detect/profile.h"
#include "image/resize.h"

namespace face_privacy {
namespace {

constexpr float kMaxOverlap = 0.4F;

// A picture at this share of the detection size finds as many faces as one at full size (measured:
// docs/detection.md), so that a JPEG may be decoded at 1/2, 1/4 or 1/8.
constexpr double kSufficientShare = 0.65;

ImageView smallest_sufficient(const std::vector<ImageView>& views, Size wanted) {
  const auto less = [](const ImageView& a, const ImageView& b) { return a.width < b.width; };
  const ImageView* best = nullptr;
  for (const ImageView& view : views) {
    const bool sufficient =
        view.width >= kSufficientShare * wanted.width && view.height >= kSufficientShare * wanted.height;
    if (sufficient && (best == nullptr || less(view, *best))) best = &view;
  }
  return best != nullptr ? *best : *std::max_element(views.begin(), views.end(), less);
}

void scale(PointF& point, float x, float y) { point = {point.x * x, point.y * y}; }

void scale(Face& face, float x, float y) {
  face.box = {face.box.x * x, face.box.y * y, face.box.width * x, face.box.height * y};
  Landmarks& marks = face.landmarks;
  for (PointF* mark :
       {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
    scale(*mark, x, y);
  }
}

}  // namespace

struct Detector::Impl {
  std::unique_ptr<const Network> network;
  ModelInfo info;

  Result<std::vector<Face>> run_pass(const PictureViews& picture, const Pass& pass, float min_score) const {
    const Size input = input_size(picture.full_size, pass);
    const Image rgb = resize_to_rgb8(smallest_sufficient(picture.views, input), input);
    auto outputs = network->run(rgb.view());
    if (!outputs) return fail(outputs);
    auto faces = decode_heads(*outputs, network->coding(), min_score);
    for (Face& face : faces) {
      scale(face, static_cast<float>(picture.full_size.width) / static_cast<float>(input.width),
            static_cast<float>(picture.full_size.height) / static_cast<float>(input.height));
    }
    return faces;
  }
};

Detector::Detector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;
Detector::~Detector() = default;

Result<Detector> Detector::load(const Settings& settings) {
  const auto file = read_model_file(settings.model_path);
  if (!file) return fail(file);
  const std::string sha256 = sha256_hex(*file);
  const KnownWeights* const known = known_weights(sha256);
  auto loaded =
      load_onnx_network(*file, settings.threads, known != nullptr ? known->landmark_scale : std::nullopt);
  if (!loaded) return fail(loaded);
  auto impl = std::make_unique<Impl>();
  impl->network = std::move(loaded->network);
  impl->info.name = std::filesystem::path(settings.model_path).filename().string();
  impl->info.sha256 = sha256;
  impl->info.layout = std::move(loaded->layout);
  impl->info.license = known != nullptr ? std::string(known->license)
                                        : "Unknown to this program; ask whoever the model comes from.";
  impl->info.engine = std::move(loaded->engine);
  return Detector(std::move(impl));
}

int Detector::largest_input_px(Profile profile, Size picture) const {
  int largest = 0;
  for (const Pass& pass : plan_of(profile).passes) {
    const Size input = input_size(picture, pass);
    largest = std::max({largest, input.width, input.height});
  }
  return largest;
}

Result<std::vector<Face>> Detector::find_faces(const PictureViews& picture, Profile profile,
                                               std::optional<float> min_score,
                                               const StopCondition& stop) const {
  const ProfilePlan& plan = plan_of(profile);
  std::vector<Face> candidates;
  for (const Pass& pass : plan.passes) {
    if (auto go_on = stop.check(); !go_on) return fail(go_on);
    auto faces = impl_->run_pass(picture, pass, min_score.value_or(plan.min_score));
    if (!faces) return fail(faces);
    candidates.insert(candidates.end(), faces->begin(), faces->end());
  }
  return merge_faces(std::move(candidates), kMaxOverlap);
}

const ModelInfo& Detector::model() const { return impl_->info; }
float Detector::default_min_score(Profile profile) const { return plan_of(profile).min_score; }

}  // namespace face_privacy
