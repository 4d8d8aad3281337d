#include "cli/eval_video.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "base/descriptor.h"
#include "cli/file_io.h"
#include "cli/output.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/redacted_points.h"
#include "eval/cover_file.h"
#include "eval/video_evaluation.h"
#include "pipeline/clip_pipeline.h"

namespace face_privacy {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr const char* kTruthSuffix = ".truth.jsonl";
constexpr const char* kCoverSuffix = ".cover.jsonl";
constexpr std::size_t kMaxTruthBytes = std::size_t{256} << 20;

struct LabelledClip {
  fs::path clip;
  fs::path truth;
};

// A folder's clips are those with truth beside them.
std::vector<LabelledClip> labelled_clips(const fs::path& given, const fs::path& truth) {
  const auto beside = [](fs::path clip) { return clip.replace_extension(kTruthSuffix); };
  if (!fs::is_directory(given)) return {{given, truth.empty() ? beside(given) : truth}};
  std::vector<LabelledClip> clips;
  for (const auto& entry : fs::directory_iterator(given)) {
    const auto container = container_from_extension(entry.path().extension().string());
    if (container && fs::exists(beside(entry.path()))) clips.push_back({entry.path(), beside(entry.path())});
  }
  std::sort(clips.begin(), clips.end(),
            [](const LabelledClip& a, const LabelledClip& b) { return a.clip < b.clip; });
  return clips;
}

Result<ClipAnalysis> analyzed(const fs::path& clip, const Detector& detector, const ClipOptions& options) {
  const Descriptor file(::open(clip.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return io_failure("cannot be opened");
  return analyze_clip(file.get(), &detector, options, ClipLimits{}, StopCondition(), {});
}

Result<std::vector<TruthPerson>> truth_of(const fs::path& path) {
  const auto file = read_file(path, kMaxTruthBytes);
  if (!file) return fail(file);
  return parse_video_truth({reinterpret_cast<const char*>(file->data()), file->size()});
}

std::vector<Region> regions_around(std::span<const BoxF> boxes) {
  std::vector<RequestedRegion> requested;
  for (const BoxF& box : boxes) requested.push_back({.box = box});
  return plan_regions({}, requested, {}, RedactOptions{});
}

using RegionsOfFrame = std::function<std::vector<Region>(int frame)>;

void add_clip(VideoEvaluation& evaluation, std::span<const TruthPerson> people, Size picture, int frames,
              const RegionsOfFrame& regions_of) {
  evaluation.add_clip(people, picture, frames, [&](int frame) -> VideoEvaluation::CoverOfFrame {
    return [regions = regions_of(frame)](PointF point) { return in_any_core(regions, point); };
  });
}

// As rendered: tracks, with all that is done over time.
void add_tracks(VideoEvaluation& evaluation, std::span<const TruthPerson> people, const ClipAnalysis& seen) {
  const RegionIndex index(seen.tracks, cover_options(seen.info.upright.shown()));
  add_clip(evaluation, people, seen.info.upright.shown(), seen.tracks.frame_count(), [&](int frame) {
    std::vector<BoxF> boxes;
    for (const FrameRegion& region : index.at(frame)) boxes.push_back(region.box);
    return regions_around(boxes);
  });
}

using FoundBoxes = std::vector<std::vector<BoxF>>;  // by frame

// What a program covers that looks at each frame alone.
void add_single_frames(VideoEvaluation& evaluation, std::span<const TruthPerson> people, Size picture,
                       const FoundBoxes& found) {
  add_clip(evaluation, people, picture, static_cast<int>(found.size()),
           [&](int frame) { return regions_around(found[frame]); });
}

struct Measured {
  std::string title;
  VideoEvaluation evaluation;
};

struct Row {
  const char* name;
  float from_px;
  float below_px;
};
constexpr float kAnySize = std::numeric_limits<float>::infinity();
constexpr std::array kRows{Row{"all", 0, kAnySize},
                           Row{"from 16 px", 16, kAnySize},
                           Row{"from 32 px", 32, kAnySize},
                           Row{"under 16 px", 0, 16},
                           Row{"16 to 32 px", 16, 32},
                           Row{"32 to 64 px", 32, 64},
                           Row{"64 px and more", 64, kAnySize}};

void print_table(const Measured& measured) {
  std::printf("%s\n%-16s %8s %8s %8s %8s %8s %8s %9s\n", measured.title.c_str(), "", "boxes", "covered",
              "people", "exposed", "never", "longest", "switches");
  for (const Row& row : kRows) {
    const CoverFigures figures = measured.evaluation.figures(row.from_px, row.below_px);
    if (figures.boxes == 0) continue;
    std::printf("%-16s %8d %8.4f %8d %8d %8d %8d %9d\n", row.name, figures.boxes, figures.covered_recall(),
                figures.people, figures.exposed, figures.never_covered, figures.longest_run,
                figures.switches);
  }
  std::printf("redacted: %.2f %% of the area, needless: %.2f %%\n\n",
              100 * measured.evaluation.redacted_area(), 100 * measured.evaluation.needless_area());
}

json::object to_json(const Measured& measured) {
  json::object object{{"title", measured.title},
                      {"frames", measured.evaluation.frame_count()},
                      {"redacted_area", rounded(measured.evaluation.redacted_area())},
                      {"needless_area", rounded(measured.evaluation.needless_area())}};
  json::object& by_size = object["by_size"].emplace_object();
  for (const Row& row : kRows) {
    const CoverFigures figures = measured.evaluation.figures(row.from_px, row.below_px);
    by_size[row.name] = {{"boxes", figures.boxes},
                         {"covered_recall", rounded(figures.covered_recall())},
                         {"people", figures.people},
                         {"exposed", figures.exposed},
                         {"never_covered", figures.never_covered},
                         {"longest_run", figures.longest_run},
                         {"switches", figures.switches}};
  }
  return object;
}

// Measures clip after clip.
class Run {
 public:
  Run(const SharedOptions& shared, const VideoEvalOptions& options, const Detector* detector)
      : options_(options), detector_(detector) {
    clip_options_.detection = shared.detection();
    clip_options_.threads = resolved_threads(shared);
    if (detector_ != nullptr) {
      min_score_ = shared.min_score.value_or(detector_->default_min_score(clip_options_.detection.profile));
    }
    if (!options.cover.empty()) {
      measured_.push_back({"covered as in the file", {}});
      return;
    }
    measured_.push_back({"tracks, the detector on 1 of " + std::to_string(options.every) + " frames", {}});
    if (options.frame_by_frame) measured_.push_back({"each frame by itself", {}});
  }

  Result<void> add(const LabelledClip& clip) {
    const auto people = truth_of(clip.truth);
    if (!people) return fail(people.error().code, "its truth: " + people.error().message);
    if (!options_.cover.empty()) return add_covered(clip.clip, *people);
    clip_options_.detect_every = options_.every;
    const auto seen = analyzed(clip.clip, *detector_, clip_options_);
    if (!seen) return fail(seen);
    add_tracks(measured_[0].evaluation, *people, *seen);
    if (!options_.frame_by_frame) return {};
    FoundBoxes found;
    ClipOptions each_options = clip_options_;
    each_options.detect_every = 1;
    each_options.looks_closely = false;
    each_options.findings = [&](const FrameObservation& frame) {
      std::vector<BoxF>& boxes = found.emplace_back();
      for (const ScoredBox& face : frame.faces.value_or(std::vector<ScoredBox>())) {
        if (face.score >= min_score_) boxes.push_back(face.box);
      }
    };
    const auto each = analyzed(clip.clip, *detector_, each_options);
    if (!each) return fail(each);
    add_single_frames(measured_[1].evaluation, *people, each->info.upright.shown(), found);
    return {};
  }

  const std::vector<Measured>& measured() const { return measured_; }

 private:
  Result<void> add_covered(const fs::path& clip, std::span<const TruthPerson> people) {
    const fs::path given = options_.cover;
    const fs::path beside = given / clip.filename().replace_extension(kCoverSuffix);
    const auto file = read_file(fs::is_directory(given) ? beside : given, kMaxTruthBytes);
    if (!file) return fail(file.error().code, "its cover: " + file.error().message);
    const auto cover = parse_cover({reinterpret_cast<const char*>(file->data()), file->size()});
    if (!cover) return fail(cover);
    add_clip(measured_[0].evaluation, people, cover->size, static_cast<int>(cover->frames.size()),
             [&](int frame) {
               std::vector<Region> regions;
               for (const Ellipse& core : cover->frames[frame]) regions.push_back({.core = core});
               return regions;
             });
    return {};
  }

  VideoEvalOptions options_;
  const Detector* detector_;
  ClipOptions clip_options_;
  float min_score_ = 0;
  std::vector<Measured> measured_;
};

// Of the tracks, by that of each frame by itself; none where only one was measured, or the other has none.
std::optional<double> needless_ratio(std::span<const Measured> measured) {
  if (measured.size() < 2 || !(measured[1].evaluation.needless_area() > 0)) return std::nullopt;
  return measured[0].evaluation.needless_area() / measured[1].evaluation.needless_area();
}

void print(const Run& run, bool as_json, std::size_t clips) {
  const auto ratio = needless_ratio(run.measured());
  if (!as_json) {
    std::printf("clips: %zu, frames: %d\n\n", clips, run.measured().front().evaluation.frame_count());
    for (const Measured& measured : run.measured()) print_table(measured);
    if (ratio) std::printf("needless area: %.2f times that of each frame by itself\n\n", *ratio);
    std::printf(
        "Covered: at least %.0f %% of the labelled box is redacted. People are exposed with a frame where "
        "it\n"
        "is not, and never covered with none where it is; longest: of a person's frames one after the other\n"
        "where it is not. Needless: redacted outside labelled boxes.\n",
        100 * kCoveredShare);
    return;
  }
  json::array measured;
  for (const Measured& one : run.measured()) measured.push_back(to_json(one));
  json::object report{{"clips", clips}, {"measured", std::move(measured)}};
  if (ratio) report["needless_ratio"] = rounded(*ratio);
  print_json(report);
}

}  // namespace

void add_video_eval_options(CLI::App& command, VideoEvalOptions& options, CLI::Option* images) {
  CLI::Option* video =
      command
          .add_option("--video", options.clips,
                      "A clip, or a folder of clips, each with its truth beside it as STEM.truth.jsonl")
          ->check(CLI::ExistingPath)
          ->excludes(images);
  command.add_option("--every", options.every, "Of a clip, look at every so many frames")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->needs(video);
  command
      .add_flag("--frame-by-frame", options.frame_by_frame,
                "Of a clip, also what is covered if each frame is looked at by itself")
      ->needs(video);
  command
      .add_option("--cover", options.cover,
                  "Measure what this file, or STEM.cover.jsonl in this folder, says is covered in a clip: "
                  "JSON lines, {\"width\", \"height\"}, then for each frame {\"ellipses\": [[x, y, "
                  "radius_x, radius_y]]}")
      ->check(CLI::ExistingPath)
      ->needs(video);
}

int evaluate_clips(const SharedOptions& shared, const RegistryOptions& registry,
                   const VideoEvalOptions& options, const std::string& truth, bool as_json) {
  const InterruptWatch watch;
  const auto clips = labelled_clips(options.clips, truth);
  if (clips.empty()) {
    print_error(options.clips, std::string("holds no clip with its truth beside it as STEM") + kTruthSuffix);
    return kExitUsage;
  }
  std::optional<Detector> detector;
  if (options.cover.empty()) {
    const auto weights = choose_weights(shared, registry);
    auto loaded = weights ? load_detector(weights->detector) : fail(weights);
    if (!loaded) return report_error(loaded.error());
    detector = std::move(*loaded);
  }
  Run run(shared, options, detector ? &*detector : nullptr);
  for (const LabelledClip& clip : clips) {
    if (auto added = run.add(clip); !added) {
      print_error(clip.clip.string(), added.error().message);
      return kExitSomeFailed;
    }
  }
  print(run, as_json, clips.size());
  return status_after_output(kExitDone);
}

}  // namespace face_privacy
