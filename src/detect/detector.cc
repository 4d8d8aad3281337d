#include "detect/detector.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "crypto/digest.h"
#include "detect/canary.h"
#include "detect/known_weights.h"
#include "detect/look.h"
#include "detect/merge.h"
#include "detect/profile.h"
#include "detect/retinaface/engine.h"
#include "detect/retinaface/int8_engine.h"
#include "detect/retinaface/onnx_engine.h"
#include "nn/model_file.h"

namespace face_privacy {

struct Detector::Impl {
  std::unique_ptr<const Network> network;
  OutputLayout layout = OutputLayout::kInsightface;
  ModelInfo info;
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

// Nothing where there is none, or another one than this program was built with: whoever can write to the
// folder of the weights must not choose what finds faces.
std::optional<LoadedNetwork> load_prepared(const std::string& sha256, const Detector::Settings& settings) {
  if (settings.prepared_path.empty()) return std::nullopt;
  const auto file = read_model_file(settings.prepared_path);
  if (!file || to_hex(face_privacy::sha256(*file)) != settings.prepared_sha256) return std::nullopt;
  auto loaded = int8::load_prepared(*file, sha256);
  if (!loaded) return std::nullopt;
  return std::move(*loaded);
}

Result<LoadedNetwork> load_network(ByteView file, const std::string& sha256, const CodingFacts& known,
                                   const Detector::Settings& settings) {
  if (settings.engine != Engine::kFp32) {
    if (auto prepared = load_prepared(sha256, settings)) return std::move(*prepared);
    const std::string ranges =
        settings.ranges_path.empty() ? int8::ranges_path(settings.model_path) : settings.ranges_path;
    auto loaded = int8::load_network(file, sha256, ranges, known);
    if (loaded) return loaded;
    if (settings.engine == Engine::kInt8) return fail(loaded);
  }
  return load_onnx_network(file, settings.threads, known);
}

CodingFacts facts_of(const KnownWeights* known) { return known != nullptr ? known->coding : CodingFacts{}; }

}  // namespace

Result<Bytes> prepare_weights(const std::string& model_path) {
  const auto file = read_model_file(model_path);
  if (!file) return fail(file);
  const std::string sha256 = to_hex(face_privacy::sha256(*file));
  return int8::prepare(*file, sha256, int8::ranges_path(model_path), facts_of(known_weights(sha256)));
}

Result<Detector> Detector::load(const Settings& settings) {
  const auto file = read_model_file(settings.model_path);
  if (!file) return fail(file);
  const std::string sha256 = to_hex(face_privacy::sha256(*file));
  if (!settings.expected_sha256.empty() && sha256 != settings.expected_sha256) {
    return fail(ErrorCode::kModel, "these are not the weights that were installed: their SHA-256 is another");
  }
  const KnownWeights* const known = known_weights(sha256);
  auto impl = std::make_unique<Impl>();
  impl->info.name =
      settings.name.empty() ? std::filesystem::path(settings.model_path).filename().string() : settings.name;
  impl->info.sha256 = sha256;
  impl->info.license = known != nullptr ? std::string(known->license)
                                        : "Unknown to this program; ask whoever the model comes from.";
  if (!settings.looks) return Detector(std::move(impl));
  auto loaded = load_network(*file, sha256, facts_of(known), settings);
  if (!loaded) return fail(loaded);
  impl->network = std::move(loaded->network);
  impl->layout = loaded->layout;
  impl->info.layout = name_of(loaded->layout);
  impl->info.engine = std::move(loaded->engine);
  Detector detector(std::move(impl));
  if (const auto sees = detector.check_sight(); !sees) return fail(sees);
  return detector;
}

Result<void> Detector::check_sight() const {
  auto candidates = find_candidates(*impl_->network, draw_canary().view(), Pass{.long_side_px = 0});
  if (!candidates) return fail(candidates);
  return check_canary(suppress_repeats(std::move(*candidates)), impl_->info.layout);
}

int Detector::largest_input_px(Profile profile, Size picture) const {
  int largest = 0;
  for (const Pass& pass : passes_for(picture, plan_of(profile, impl_->layout))) {
    const Size input = network_input(picture, pass).size;
    largest = std::max({largest, input.width, input.height});
  }
  return largest;
}

int Detector::sufficient_px(Profile profile, Size picture) const {
  return static_cast<int>(std::ceil(largest_input_px(profile, picture) * kSufficientShare));
}

Result<std::vector<Face>> Detector::find_faces(const PictureViews& picture, Profile profile,
                                               std::optional<float> min_score,
                                               const StopCondition& stop) const {
  PictureLook look(*impl_->network, picture, stop);
  const ProfilePlan& plan = plan_of(profile, impl_->layout);
  auto findings = run_profile(look, plan);
  if (!findings) return fail(findings);
  const auto way = find_way_up(look, *findings, plan);
  if (!way) return fail(way);
  if (*way != Orientation::kUpright) {
    findings = look_again(look, *impl_->network, *way, plan, std::move(*findings), stop);
    if (!findings) return fail(findings);
  }
  auto faces = agreed_faces(*findings);
  std::erase_if(faces, [threshold = min_score.value_or(plan.min_score)](const Face& face) {
    return face.score < threshold;
  });
  return faces;
}

const ModelInfo& Detector::model() const { return impl_->info; }
float Detector::default_min_score(Profile profile) const { return plan_of(profile, impl_->layout).min_score; }

}  // namespace face_privacy
