#include "cli/shared_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <thread>
#include <utility>

#include "cli/names.h"
#include "prepared_weights.h"
#include "registry/references.h"

namespace face_privacy {
namespace {

constexpr const char* kDefaultWeights = "mnet.25_v1.onnx";
// Weights that were damaged may load, and then find nothing.
constexpr const char* kDefaultWeightsSha256 =
    "a4bb1e33c921877ecccca2a2e757d44c4fb511ae84d85a833c5a77e6f2461744";

}  // namespace

DetectOptions SharedOptions::detection() const {
  DetectOptions options{profile_from_name(profile).value_or(Profile::kBalanced), min_score};
  options.projection = projection_from_name(projection).value_or(Projection::kAuto);
  return options;
}

void add_shared_options(CLI::App& command, SharedOptions& options, const std::string& threads_meaning) {
  command
      .add_option("--profile", options.profile,
                  "Detection effort: fast, balanced or thorough (finds more, takes longer)")
      ->check(CLI::IsMember({"fast", "balanced", "thorough"}))
      ->envname("FACE_PRIVACY_PROFILE")
      ->capture_default_str();
  command
      .add_option("--min-score", options.min_score,
                  "A face counts from this score on, 0..1 (default: the profile's own, which leans to "
                  "finding too much)")
      ->check(CLI::Range(0.0, 1.0))
      ->envname("FACE_PRIVACY_MIN_SCORE");
  command
      .add_option("--projection", options.projection,
                  "How photos lie: flat, equirectangular (a 360-degree panorama, also looked at through "
                  "perspective views), or auto: as their metadata and shape say")
      ->check(CLI::IsMember({"auto", "flat", "equirectangular"}))
      ->envname("FACE_PRIVACY_PROJECTION")
      ->capture_default_str();
  command
      .add_option("--model", options.model,
                  "Another RetinaFace as an ONNX file (default: the weights that came with the program)")
      ->envname("FACE_PRIVACY_MODEL");
  add_engine_option(command, options);
  command.add_option("--threads", options.threads, threads_meaning)
      ->check(CLI::Range(1, 1024))
      ->envname("FACE_PRIVACY_THREADS");
}

void add_engine_option(CLI::App& command, SharedOptions& options) {
  command
      .add_option("--engine", options.engine,
                  "Inference engine: fp32 (ONNX Runtime), int8 (several times faster), or auto: int8 "
                  "where processor and model allow it")
      ->check(CLI::IsMember({"auto", "fp32", "int8"}))
      ->envname("FACE_PRIVACY_ENGINE")
      ->capture_default_str();
}

int resolved_threads(const SharedOptions& options) {
  if (options.threads > 0) return options.threads;
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

std::string share_folder() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const auto beside = program.parent_path().parent_path() / "share" / "face-privacy";
    if (std::filesystem::exists(beside, error)) return beside.string();
  }
  return "/usr/local/share/face-privacy";
}

Detector::Settings detector_settings(const SharedOptions& options, int threads_per_run) {
  Detector::Settings settings;
  const bool own = options.model.empty() || is_model_reference(options.model);
  settings.model_path = own ? share_folder() + "/models/" + kDefaultWeights : options.model;
  if (own) {
    settings.expected_sha256 = kDefaultWeightsSha256;
    settings.prepared_path = share_folder() + "/models/" + kPreparedWeights;
    settings.prepared_sha256 = kPreparedWeightsSha256;
  }
  settings.threads = threads_per_run;
  settings.engine = engine_from_name(options.engine).value_or(Engine::kAuto);
  return settings;
}

namespace {

// Photos are not worked on with other weights than those that were named.
Result<void> check_no_registry(const SharedOptions& options) {
  if (!is_model_reference(options.model)) return {};
  return fail(ErrorCode::kInvalidOption,
              options.model + ": weights of a registry are for serve, eval and model; this needs a file");
}

}  // namespace

Result<Detector> load_detector(const SharedOptions& options, int threads_per_run) {
  if (const auto file = check_no_registry(options); !file) return fail(file);
  return load_detector(detector_settings(options, threads_per_run));
}

Result<Detector> load_detector(const Detector::Settings& settings) {
  auto detector = Detector::load(settings);
  const std::string& name = settings.name.empty() ? settings.model_path : settings.name;
  if (!detector) return fail(detector.error().code, name + ": " + detector.error().message);
  return detector;
}

Result<const Detector*> DetectorOnDemand::get() const {
  std::call_once(once_, [this] { loaded_ = load_detector(options_, threads_per_run_); });
  if (!*loaded_) return fail(*loaded_);
  return &**loaded_;
}

Result<PhotoWorkers> start_photo_workers(const SharedOptions& options, PhotoDemand demand) {
  if (const auto file = check_no_registry(options); !file) return fail(file);
  PhotoWorkers::Settings settings;
  settings.photos.detector =
      detector_settings(options, std::max(1, demand.threads / std::max(1, demand.photos)));
  settings.photos.detector.looks = demand.detects;
  settings.photos.libraries = demand.stays_jpeg ? Libraries::kNone : Libraries::kPhotos;
  // For a single photo another that stands ready would be forked in vain.
  settings.spares = demand.photos > 1 ? std::max(1, std::min(demand.threads, demand.photos)) : 0;
  settings.photos.recognizer = std::move(demand.recognizer);
  return PhotoWorkers::start(std::move(settings));
}

std::optional<BoxF> box_from_text(const std::string& text) {
  std::array<float, 4> values{};
  const char* position = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0 && (position == end || *position++ != ',')) return std::nullopt;
    const auto parsed = std::from_chars(position, end, values[i]);
    if (parsed.ec != std::errc() || !std::isfinite(values[i])) return std::nullopt;
    position = parsed.ptr;
  }
  if (position != end || values[2] <= 0 || values[3] <= 0) return std::nullopt;
  return BoxF{values[0], values[1], values[2], values[3]};
}

void print_error(const std::string& what, const std::string& message) {
  const std::string line = "face-privacy: " + (what.empty() ? "" : what + ": ") + message;
  std::fprintf(stderr, "%s\n", printable(line).c_str());
}

}  // namespace face_privacy
