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
#include "cli/number_range.h"
#include "cli/photo_run.h"
#include "prepared_weights.h"
#include "registry/references.h"

namespace face_privacy {
namespace {

// What setup brings. Pinned, for weights that were damaged may load, and then find nothing.
struct WeightSet {
  std::string_view name;  // of --weights
  const char* file;
  const char* sha256;
  const char* prepared;  // by the build; empty: not
  const char* prepared_sha256;
  const char* brought_by = nullptr;  // none: they are always there
};
constexpr std::array kWeightSets{
    WeightSet{"research", "mnet.25_v1.onnx",
              "a4bb1e33c921877ecccca2a2e757d44c4fb511ae84d85a833c5a77e6f2461744", kPreparedWeights,
              kPreparedWeightsSha256},
    WeightSet{"permissive", "retinaface_permissive.onnx",
              "b7a7acab55e104dce6f32cdfff929bd83946da5cd869b9e2e9bdffafd1b7e4a5", "", "",
              "make permissive-weights"},
};

const WeightSet& weight_set(std::string_view name) {
  const auto* const at =
      std::find_if(kWeightSets.begin(), kWeightSets.end(), [&](const auto& set) { return set.name == name; });
  return at != kWeightSets.end() ? *at : kWeightSets.front();
}

std::string path_of(const WeightSet& set) { return share_folder() + "/models/" + set.file; }

// As CLI11's validators: what is wrong, or nothing.
std::string problem_with_set(const std::string& name) {
  const WeightSet& set = weight_set(name);
  std::error_code error;
  if (set.brought_by == nullptr || std::filesystem::exists(path_of(set), error)) return {};
  return std::string("these weights are not installed; `") + set.brought_by + "` brings them";
}

bool takes_own_weights(const SharedOptions& options) {
  return options.model.empty() || is_model_reference(options.model);
}

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
      ->check(number_in(0, 1))
      ->envname("FACE_PRIVACY_MIN_SCORE");
  command
      .add_option("--projection", options.projection,
                  "How photos lie: flat, equirectangular (a 360-degree panorama, also looked at through "
                  "perspective views), or auto: as their metadata and shape say")
      ->check(CLI::IsMember({"auto", "flat", "equirectangular"}))
      ->envname("FACE_PRIVACY_PROJECTION")
      ->capture_default_str();
  command
      .add_option(
          "--model", options.model,
          "Another RetinaFace as an ONNX file, or models:/NAME@ALIAS or models:/NAME/VERSION of --mlflow "
          "(default: what --weights names)")
      ->envname("FACE_PRIVACY_MODEL");
  add_weights_options(command, options);
  add_engine_option(command, options);
  command.add_option("--threads", options.threads, threads_meaning)
      ->check(CLI::Range(1, 1024))
      ->envname("FACE_PRIVACY_THREADS");
}

void add_weights_options(CLI::App& command, SharedOptions& options) {
  command
      .add_option(
          "--weights", options.weights,
          "Weights that setup brings: research (for non-commercial research only) or permissive (MIT; "
          "`make permissive-weights` brings them)")
      ->check(CLI::IsMember({"research", "permissive"}))
      ->check(CLI::Validator(problem_with_set, ""))
      ->envname("FACE_PRIVACY_WEIGHTS")
      ->capture_default_str();
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

void add_second_model_option(CLI::App& command, SharedOptions& options) {
  command
      .add_option("--second-model", options.second_model,
                  "Other weights for the second look before a receipt is signed, as an ONNX file: they mark "
                  "places that those of the first look miss (default: the same weights)")
      ->check([](const std::string& text) {
        return is_model_reference(text) ? std::string("an ONNX file is needed") : std::string();
      })
      ->envname("FACE_PRIVACY_SECOND_MODEL");
}

std::optional<Detector::Settings> second_detector_settings(const SharedOptions& options) {
  if (options.second_model.empty()) return std::nullopt;
  SharedOptions other;
  other.model = options.second_model;
  other.engine = options.engine == "int8" ? "auto" : options.engine;
  return detector_settings(other, 1);
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
  settings.model_path = options.model;
  if (takes_own_weights(options)) {
    const WeightSet& set = weight_set(options.weights);
    settings.model_path = path_of(set);
    settings.expected_sha256 = set.sha256;
    if (*set.prepared != '\0') settings.prepared_path = share_folder() + "/models/" + set.prepared;
    settings.prepared_sha256 = set.prepared_sha256;
  }
  settings.threads = threads_per_run;
  settings.engine = engine_from_name(options.engine).value_or(Engine::kAuto);
  return settings;
}

Result<Detector> load_detector(const Detector::Settings& settings) {
  auto detector = Detector::load(settings);
  const std::string& name = settings.name.empty() ? settings.model_path : settings.name;
  if (!detector) return fail(detector.error().code, name + ": " + detector.error().message);
  return detector;
}

Detector::Settings ChosenWeights::on_threads(int threads) const {
  Detector::Settings settings = detector;
  settings.threads = threads;
  return settings;
}

Result<PhotoWorkers> start_photo_workers(const SharedOptions& options, const ChosenWeights& weights,
                                         PhotoDemand demand) {
  PhotoWorkers::Settings settings;
  settings.weights = weights.held;
  settings.photos.detector = weights.on_threads(std::max(1, demand.threads / std::max(1, demand.photos)));
  settings.photos.detector.looks = demand.detects;
  settings.photos.libraries = demand.stays_jpeg ? Libraries::kNone : Libraries::kPhotos;
  // For a single photo another that stands ready would be forked in vain.
  settings.spares = demand.photos > 1 ? std::max(1, std::min(demand.threads, demand.photos)) : 0;
  settings.photos.recognizer = std::move(demand.recognizer);
  if (demand.signs) settings.photos.second_detector = second_detector_settings(options);
  return PhotoWorkers::start(std::move(settings));
}

std::optional<BoxF> box_from_text(const std::string& text) {
  std::array<float, 4> values{};
  const char* position = text.data();
  const char* const end = text.data() + text.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) {
      if (position == end || *position != ',') return std::nullopt;
      ++position;
    }
    const auto parsed = std::from_chars(position, end, values[i]);
    if (parsed.ec != std::errc() || !std::isfinite(values[i])) return std::nullopt;
    position = parsed.ptr;
  }
  if (position != end || values[2] <= 0 || values[3] <= 0) return std::nullopt;
  return BoxF{values[0], values[1], values[2], values[3]};
}

namespace {

bool set_own(std::string_view text, RequestedRegion& region) {
  const std::string_view name = text.substr(0, text.find('='));
  if (name.size() == text.size()) return false;
  const std::string value(text.substr(name.size() + 1));
  if (name == "style") return !region.style && (region.style = style_from_name(value));
  if (name == "shape") return !region.shape && (region.shape = shape_from_name(value));
  float margin = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), margin);
  const bool is_margin = name == "margin" && !region.margin && parsed.ec == std::errc() &&
                         parsed.ptr == value.data() + value.size() && margin >= 0 && margin <= kMaxMargin;
  if (is_margin) region.margin = margin;
  return is_margin;
}

}  // namespace

std::optional<RequestedRegion> region_from_text(const std::string& text) {
  std::size_t box_end = 0;  // the fourth comma
  for (int numbers = 0; box_end < text.size() && (text[box_end] != ',' || ++numbers < 4);) ++box_end;
  const auto box = box_from_text(text.substr(0, box_end));
  if (!box) return std::nullopt;
  RequestedRegion region{.box = *box};
  for (std::size_t at = box_end + 1; at <= text.size();) {
    const std::size_t end = std::min(text.size(), text.find(',', at));
    if (!set_own(std::string_view(text).substr(at, end - at), region)) return std::nullopt;
    at = end + 1;
  }
  return region;
}

void print_error(const std::string& what, const std::string& message) {
  const std::string line = "face-privacy: " + (what.empty() ? "" : what + ": ") + message;
  std::fprintf(stderr, "%s\n", printable(line).c_str());
}

int report_error(const Error& error, const std::string& what) {
  print_error(what, error.message);
  return error.code == ErrorCode::kInvalidOption ? kExitUsage : kExitSomeFailed;
}

}  // namespace face_privacy
