#include "detect/detector.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "detect/canary.h"
#include "detect/merge.h"
#include "detect/model_file.h"
#include "detect/profile.h"
#include "detect/retinaface/engine.h"
#include "detect/retinaface/head_decoder.h"
#include "detect/retinaface/int8_engine.h"
#include "detect/retinaface/onnx_engine.h"
#include "detect/turned_copies.h"
#include "image/resize.h"

namespace face_privacy {
namespace {

// Below this nothing is a face in any profile; a lower --min-score finds no more.
constexpr float kCandidateScore = 0.05F;

// A picture at this share of the detection size finds as many faces as one at full size (measured:
// docs/detection.md), so that a JPEG may be decoded at 1/2, 1/4 or 1/8.
constexpr double kSufficientShare = 0.65;

ImageView smallest_sufficient(const std::vector<ImageView>& views, Size wanted) {
  const auto smaller = [](const ImageView& a, const ImageView& b) { return a.width < b.width; };
  const ImageView* best = nullptr;
  for (const ImageView& view : views) {
    const bool sufficient =
        view.width >= kSufficientShare * wanted.width && view.height >= kSufficientShare * wanted.height;
    if (sufficient && (best == nullptr || smaller(view, *best))) best = &view;
  }
  return best != nullptr ? *best : *std::max_element(views.begin(), views.end(), smaller);
}

// From px of the network's input, moved by `origin` and scaled, to px of the picture.
class Placement {
 public:
  Placement(Size input, Size picture, const Rect& tile)
      : x_(static_cast<float>(tile.x)),
        y_(static_cast<float>(tile.y)),
        scale_x_(static_cast<float>(picture.width) / static_cast<float>(input.width)),
        scale_y_(static_cast<float>(picture.height) / static_cast<float>(input.height)) {}

  void place(Face& face) const {
    const PointF corner = placed({face.box.x, face.box.y});
    face.box = {corner.x, corner.y, face.box.width * scale_x_, face.box.height * scale_y_};
    Landmarks& marks = face.landmarks;
    for (PointF* mark :
         {&marks.left_eye, &marks.right_eye, &marks.nose, &marks.mouth_left, &marks.mouth_right}) {
      *mark = placed(*mark);
    }
  }

 private:
  PointF placed(PointF point) const { return {(point.x + x_) * scale_x_, (point.y + y_) * scale_y_}; }

  float x_;
  float y_;
  float scale_x_;
  float scale_y_;
};

// What speaks for a face when `pass` is asked: that pass, and turned copies, as no other pass sees heads
// that lie on their side.
std::vector<Face> seen_by(const std::vector<PassFaces>& found, std::size_t pass) {
  std::vector<Face> faces = found[pass].faces;
  for (const PassFaces& one : found) {
    if (one.turned) faces.insert(faces.end(), one.faces.begin(), one.faces.end());
  }
  return faces;
}

}  // namespace

struct Detector::Impl {
  std::unique_ptr<const Network> network;
  ModelInfo info;

  Result<std::vector<Face>> find_in_tile(const ImageView& tile, const Pass& pass) const {
    const Image copy = pass.orientation == Orientation::kUpright ? Image() : oriented(tile, pass.orientation);
    auto outputs = network->run(pass.orientation == Orientation::kUpright ? tile : copy.view());
    if (!outputs) return fail(outputs);
    auto faces = decode_heads(*outputs, network->coding(), std::max(kCandidateScore, pass.min_score));
    std::erase_if(faces, [smallest = static_cast<float>(pass.min_face_px)](const Face& face) {
      return face.box.area() < smallest * smallest;
    });
    for (Face& face : faces) face = upright_again(face, pass.orientation, tile.size());
    return faces;
  }

  // `rgb` is the picture at the size of `input`.
  Result<std::vector<Face>> run_pass(const Image& rgb, const NetworkInput& input, Size picture,
                                     const Pass& pass, const StopCondition& stop) const {
    std::vector<Face> candidates;
    for (const Rect& tile : input.tiles) {
      if (auto go_on = stop.check(); !go_on) return fail(go_on);
      auto faces = find_in_tile(rgb.view().crop(tile), pass);
      if (!faces) return fail(faces);
      const Placement placement(input.size, picture, tile);
      for (Face& face : *faces) placement.place(face);
      candidates.insert(candidates.end(), faces->begin(), faces->end());
    }
    return suppress_repeats(std::move(candidates));
  }
};

Detector::Detector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;
Detector::~Detector() = default;

std::string_view name_of(Engine engine) {
  switch (engine) {
    case Engine::kAuto: return "auto";
    case Engine::kFp32: return "fp32";
    case Engine::kInt8: return "int8";
  }
  return "";
}

std::optional<Engine> engine_from_name(std::string_view name) {
  for (const Engine engine : {Engine::kAuto, Engine::kFp32, Engine::kInt8}) {
    if (name == name_of(engine)) return engine;
  }
  return std::nullopt;
}

namespace {

Result<OnnxNetwork> load_network(ByteView file, const std::string& sha256,
                                 std::optional<float> landmark_scale, const Detector::Settings& settings) {
  if (settings.engine != Engine::kFp32) {
    auto loaded = int8::load_network(file, sha256, int8::ranges_path(settings.model_path), landmark_scale);
    if (loaded) return OnnxNetwork{std::move(loaded->network), "insightface", std::move(loaded->engine)};
    if (settings.engine == Engine::kInt8) return fail(loaded);
  }
  return load_onnx_network(file, settings.threads, landmark_scale);
}

}  // namespace

Result<Detector> Detector::load(const Settings& settings) {
  const auto file = read_model_file(settings.model_path);
  if (!file) return fail(file);
  const std::string sha256 = sha256_hex(*file);
  if (!settings.expected_sha256.empty() && sha256 != settings.expected_sha256) {
    return fail(ErrorCode::kModel, "these are not the weights that were installed: their SHA-256 is another");
  }
  const KnownWeights* const known = known_weights(sha256);
  auto loaded =
      load_network(*file, sha256, known != nullptr ? known->landmark_scale : std::nullopt, settings);
  if (!loaded) return fail(loaded);
  auto impl = std::make_unique<Impl>();
  impl->network = std::move(loaded->network);
  impl->info.name = std::filesystem::path(settings.model_path).filename().string();
  impl->info.sha256 = sha256;
  impl->info.layout = std::move(loaded->layout);
  impl->info.license = known != nullptr ? std::string(known->license)
                                        : "Unknown to this program; ask whoever the model comes from.";
  impl->info.engine = std::move(loaded->engine);
  Detector detector(std::move(impl));
  if (const auto sees = detector.check_sight(); !sees) return fail(sees);
  return detector;
}

Result<void> Detector::check_sight() const {
  auto candidates = impl_->find_in_tile(draw_canary().view(), Pass{.long_side_px = 0});
  if (!candidates) return fail(candidates);
  return check_canary(suppress_repeats(std::move(*candidates)));
}

int Detector::largest_input_px(Profile profile, Size picture) const {
  int largest = 0;
  for (const Pass& pass : passes_for(picture, profile)) {
    const Size input = network_input(picture, pass).size;
    largest = std::max({largest, input.width, input.height});
  }
  return largest;
}

Result<std::vector<Face>> Detector::find_faces(const PictureViews& picture, Profile profile,
                                               std::optional<float> min_score,
                                               const StopCondition& stop) const {
  const ProfilePlan& plan = plan_of(profile);
  const std::vector<Pass> passes = passes_for(picture.full_size, profile);
  std::vector<PassFaces> found;
  std::vector<ImageView> views = picture.views;
  std::vector<Image> shrunk;
  for (const Pass& pass : passes) {
    const NetworkInput input = network_input(picture.full_size, pass);
    // Passes come largest first: what one shrank is the next one's source, or is what it needs.
    if (shrunk.empty() || shrunk.back().size() != input.size) {
      shrunk.push_back(resize_to_rgb8(smallest_sufficient(views, input.size), input.size));
      views.push_back(shrunk.back().view());
    }
    auto faces = impl_->run_pass(shrunk.back(), input, picture.full_size, pass, stop);
    if (!faces) return fail(faces);
    found.push_back({std::move(*faces), is_turned(pass.orientation)});
  }
  const auto picture_px = [&](std::size_t pass) {  // in a px of the pass's input
    const Size input = network_input(picture.full_size, passes[pass]).size;
    return static_cast<float>(picture.full_size.width) / static_cast<float>(input.width);
  };
  auto faces = merge_passes(found);
  std::vector<Witness> witnesses;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i].turned) continue;
    const auto [from_px, to_px] = reliable_sizes(passes[i]);
    witnesses.push_back(
        {seen_by(found, i), from_px * picture_px(i), to_px * picture_px(i), kLargeFacePx * picture_px(i)});
  }
  doubt_large_faces(faces, witnesses);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!passes[i].confirms) continue;
    Confirmation rule = *passes[i].confirms;
    rule.from_px *= picture_px(i);
    rule.to_px *= picture_px(i);
    doubt_unseen_faces(faces, seen_by(found, i), rule);
  }
  std::erase_if(faces, [threshold = min_score.value_or(plan.min_score)](const Face& face) {
    return face.score < threshold;
  });
  return faces;
}

const ModelInfo& Detector::model() const { return impl_->info; }
float Detector::default_min_score(Profile profile) const { return plan_of(profile).min_score; }

}  // namespace face_privacy
