// Runs the detector over labelled photos and says how good it is.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>

#include "cli/commands.h"
#include "cli/eval_video.h"
#include "cli/evaluation_log.h"
#include "cli/margin_table.h"
#include "cli/number_range.h"
#include "cli/output.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/redacted_points.h"
#include "cli/shared_options.h"
#include "codec/codec.h"
#include "detect/merge.h"
#include "eval/copies.h"
#include "eval/evaluation.h"
#include "eval/matching.h"
#include "eval/truth.h"
#include "pipeline/pipeline.h"
#include "redact/redact.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace json = boost::json;

struct EvalArguments {
  SharedOptions shared;
  std::string images;
  std::string truth;
  float min_iou = 0.4F;
  int jobs = 1;
  bool json = false;
  bool curve = false;
  bool copies = false;
  bool margins = false;
  VideoEvalOptions video;
  EvaluationLogOptions log;
};

// What one photo came to.
struct Outcome {
  Size size;
  std::vector<Face> faces;     // best first, far below the threshold
  std::vector<float> covered;  // for each labelled box, by the faces above the threshold
  LookTimings timings;
  TruthPhoto truth;
  int sure_in_fast = 0;  // faces of the profile `fast`, where it was asked
  int sure_lost = 0;     // of them, not found
};

struct Times {
  double median_ms = 0;
  double mean_ms = 0;
};

struct Report {
  Evaluation evaluation;
  float min_score;
  int photo_count = 0;
  Times decode;
  Times detect;
  int sure_in_fast = 0;
  int sure_lost = 0;
};

// What every photo of a run is measured with.
struct Measurement {
  const EvalArguments& arguments;
  const std::vector<TruthPhoto>& truth;
  const Detector& detector;
  Profile profile;
  float min_score;
};

std::span<const Face> redacted_faces(const Outcome& outcome, float min_score) {
  const auto below = std::find_if(outcome.faces.begin(), outcome.faces.end(),
                                  [&](const Face& face) { return face.score < min_score; });
  return {outcome.faces.begin(), below};
}

std::vector<float> covered_shares(const TruthPhoto& truth, const Outcome& outcome, float min_score) {
  const auto regions = plan_regions(redacted_faces(outcome, min_score), {}, {}, RedactOptions{});
  std::vector<float> shares;
  shares.reserve(truth.faces.size());
  for (const TruthFace& face : truth.faces) {
    shares.push_back(
        covered_share(face.box, outcome.size, [&](PointF point) { return in_any_core(regions, point); }));
  }
  return shares;
}

// A slower profile looks harder, so that what `fast` is sure of should be found.
constexpr float kSureScore = 0.9F;

Result<Outcome> look_at_copy(const PhotoFile& file_of, const TruthPhoto& truth, const Measurement& with,
                             CopyKind kind) {
  const Limits limits;
  auto file = read_file(file_of.input, limits.max_bytes);
  if (!file) return fail(file);
  const auto photo = decode(*file, limits);
  if (!photo) return fail(photo);
  PhotoCopy copy = make_copy(photo->pixels.view(), truth, kind);
  const PictureViews views{copy.pixels.size(), {copy.pixels.view()}};
  const auto start = std::chrono::steady_clock::now();
  auto faces = with.detector.find_faces(views, with.profile, 0.F, {});
  if (!faces) return fail(faces);
  Outcome outcome{copy.pixels.size(), std::move(*faces), {}, {}, std::move(copy.truth)};
  outcome.timings.detect = std::chrono::steady_clock::now() - start;
  outcome.covered = covered_shares(outcome.truth, outcome, with.min_score);
  const auto sure = with.detector.find_faces(views, Profile::kFast, kSureScore, {});
  if (!sure) return fail(sure);
  for (const Face& face : *sure) {
    const bool found = std::any_of(outcome.faces.begin(), outcome.faces.end(), [&](const Face& other) {
      return other.score >= with.min_score && intersection_over_union(face.box, other.box) > kSameFaceOverlap;
    });
    ++outcome.sure_in_fast;
    outcome.sure_lost += found ? 0 : 1;
  }
  return outcome;
}

Result<Outcome> look_at(const PhotoFile& photo, const TruthPhoto& truth, const Detector& detector,
                        Profile profile, float min_score) {
  const Limits limits;
  auto file = read_file(photo.input, limits.max_bytes);
  if (!file) return fail(file);
  // A score of 0 asks for all there is: merging does not depend on the threshold, so that a higher
  // one only cuts the list.
  auto report = detect_photo(*file, detector, {profile, 0.F}, limits);
  if (!report) return fail(report);
  Outcome outcome{report->size, std::move(report->faces.front()), {}, report->timings, truth};
  outcome.covered = covered_shares(truth, outcome, min_score);
  return outcome;
}

Times times_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2],
          std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size())};
}

Report report_of(const std::vector<std::optional<Outcome>>& outcomes, float min_iou, float min_score) {
  Report report{Evaluation(min_iou), min_score, 0, {}, {}};
  std::vector<double> decode_ms;
  std::vector<double> detect_ms;
  for (const std::optional<Outcome>& seen : outcomes) {
    if (!seen) continue;
    const Outcome& outcome = *seen;
    report.sure_in_fast += outcome.sure_in_fast;
    report.sure_lost += outcome.sure_lost;
    report.evaluation.add(outcome.truth, outcome.size, outcome.faces, outcome.covered);
    decode_ms.push_back(outcome.timings.decode.count());
    detect_ms.push_back(outcome.timings.detect.count());
    ++report.photo_count;
  }
  report.decode = times_of(std::move(decode_ms));
  report.detect = times_of(std::move(detect_ms));
  return report;
}

std::vector<float> curve_scores() {
  std::vector<float> scores;
  for (int percent = 5; percent < 100; percent += 5) scores.push_back(static_cast<float>(percent) / 100);
  return scores;
}

constexpr std::array kBands{SizeBand::kUnder16, SizeBand::kUnder32, SizeBand::kUnder64, SizeBand::kLarger};

void print_row(const std::string& name, const Figures& figures, bool of_kind) {
  std::printf("%-24s %6d %8.3f", name.c_str(), figures.labelled, figures.recall());
  // A false alarm is of no kind.
  if (of_kind) {
    std::printf(" %10s %8s", "-", "-");
  } else {
    std::printf(" %10.3f %8.3f", figures.precision(), figures.average_precision);
  }
  if (figures.coverable > 0) {
    std::printf(" %8.3f\n", figures.covered_rate());
  } else {
    std::printf(" %8s\n", "-");
  }
}

void print_table(const Report& report, const EvalArguments& arguments) {
  const Evaluation& evaluation = report.evaluation;
  const float min_score = report.min_score;
  std::printf("%d photos, profile %s, score >= %.2f, overlap >= %.2f\n\n", report.photo_count,
              arguments.shared.profile.c_str(), min_score, arguments.min_iou);
  std::printf("%-24s %6s %8s %10s %8s %8s\n", "", "faces", "recall", "precision", "AP", "covered");
  print_row("all", evaluation.all(min_score), false);
  for (const SizeBand band : kBands) {
    print_row(std::string(name_of(band)) + " px", evaluation.band(band, min_score), false);
  }
  for (const auto& [kind, figures] : evaluation.by_kind(min_score)) print_row(kind, figures, true);
  std::printf(
      "\nSizes are as if each photo were 640 px long; covered: at least %.0f %% of the labelled box is "
      "redacted.\n",
      100 * kCoveredShare);
  std::printf("Time a photo: decode %.1f ms (mean %.1f), detect %.1f ms (mean %.1f), medians of %d at once\n",
              report.decode.median_ms, report.decode.mean_ms, report.detect.median_ms, report.detect.mean_ms,
              arguments.jobs);
  if (!arguments.curve) return;
  std::printf("\n%-8s %8s %10s\n", "score >=", "recall", "precision");
  for (const CurvePoint& point : evaluation.curve(curve_scores())) {
    std::printf("%-8.2f %8.3f %10.3f\n", point.min_score, point.recall, point.precision);
  }
}

MarginTable margin_table(const std::vector<std::optional<Outcome>>& outcomes, float min_score) {
  MarginTable table;
  for (const std::optional<Outcome>& seen : outcomes) {
    if (seen) table.add(seen->truth, seen->size, redacted_faces(*seen, min_score));
  }
  return table;
}

void print_margins(const MarginTable& table) {
  std::printf("\n%-8s %8s %12s %10s\n", "margin", "covered", "altogether", "redacted");
  for (const MarginTable::Row& row : table.rows()) {
    std::printf("%-8.3f %8.3f %12.3f %8.1f %%\n", row.margin, row.share_of_faces(row.covered),
                row.share_of_faces(row.all_of_it), 100 * row.area / std::max(1, table.photo_count()));
  }
  std::printf("Altogether: at least %.0f %% of the labelled box; redacted: of the pictures, the mean.\n",
              100 * MarginTable::kWholeShare);
}

json::object to_json(const Figures& figures, bool of_kind) {
  json::object object{{"faces", figures.labelled}, {"recall", rounded(figures.recall())}};
  if (!of_kind) {
    object["false_alarms"] = figures.false_alarms;
    object["precision"] = rounded(figures.precision());
    object["average_precision"] = rounded(figures.average_precision);
  }
  if (figures.coverable > 0) object["covered"] = rounded(figures.covered_rate());
  return object;
}

json::object to_json(const Times& times) {
  return {{"median", rounded(times.median_ms)}, {"mean", rounded(times.mean_ms)}};
}

json::array to_json(const MarginTable& table) {
  json::array rows;
  for (const MarginTable::Row& row : table.rows()) {
    rows.push_back({{"margin", rounded(row.margin)},
                    {"covered", rounded(row.share_of_faces(row.covered))},
                    {"altogether", rounded(row.share_of_faces(row.all_of_it))},
                    {"redacted", rounded(row.area / std::max(1, table.photo_count()))}});
  }
  return rows;
}

json::object report_json(const Report& report, const EvalArguments& arguments, const ModelInfo& model) {
  const Evaluation& evaluation = report.evaluation;
  json::object object{{"photos", report.photo_count},
                      {"profile", arguments.shared.profile},
                      {"min_score", rounded(report.min_score)},
                      {"min_iou", rounded(arguments.min_iou)},
                      {"model", {{"name", model.name}, {"sha256", model.sha256}, {"engine", model.engine}}},
                      {"all", to_json(evaluation.all(report.min_score), false)}};
  json::object& by_size = object["by_size"].emplace_object();
  for (const SizeBand band : kBands) {
    by_size[name_of(band)] = to_json(evaluation.band(band, report.min_score), false);
  }
  json::object& by_kind = object["by_kind"].emplace_object();
  for (const auto& [kind, figures] : evaluation.by_kind(report.min_score)) {
    by_kind[kind] = to_json(figures, true);
  }
  object["time_ms"] = {{"decode", to_json(report.decode)}, {"detect", to_json(report.detect)}};
  if (arguments.curve) {
    json::array& curve = object["curve"].emplace_array();
    for (const CurvePoint& point : evaluation.curve(curve_scores())) {
      curve.push_back({{"min_score", rounded(point.min_score)},
                       {"recall", rounded(point.recall)},
                       {"precision", rounded(point.precision)}});
    }
  }
  return object;
}

Result<std::vector<TruthPhoto>> read_truth(const std::string& path) {
  const auto file = read_file(path, Limits{}.max_bytes);
  if (!file) return fail(file);
  auto truth = parse_truth({reinterpret_cast<const char*>(file->data()), file->size()});
  if (!truth) return fail(truth);
  if (truth->empty()) return fail(ErrorCode::kInvalidOption, "the truth file has no line");
  return truth;
}

// All photos once, or a copy of each. The exit status, and the outcomes of those that could be read.
int measure(const Measurement& with, std::optional<CopyKind> copy,
            std::vector<std::optional<Outcome>>& outcomes) {
  PhotoList list;
  std::map<const PhotoFile*, std::size_t> index_of;
  for (const TruthPhoto& photo : with.truth) {
    list.photos.push_back({std::filesystem::path(with.arguments.images) / photo.image, photo.image, false});
  }
  for (std::size_t i = 0; i < list.photos.size(); ++i) index_of[&list.photos[i]] = i;
  outcomes.assign(with.truth.size(), std::nullopt);
  return run_photos(
      list, with.arguments.jobs, [&](const PhotoFile& photo, Progress& progress) -> std::optional<int> {
        const std::size_t index = index_of.at(&photo);
        const TruthPhoto& truth = with.truth[index];
        auto outcome = copy ? look_at_copy(photo, truth, with, *copy)
                            : look_at(photo, truth, with.detector, with.profile, with.min_score);
        if (!outcome) {
          progress.interrupt([&] { print_error(photo.input.string(), outcome.error().message); });
          return std::nullopt;
        }
        outcomes[index] = std::move(*outcome);
        return static_cast<int>(outcomes[index]->faces.size());
      });
}

void print_copy_header(const Measurement& with) {
  std::printf("%zu photos, profile %s, score >= %.2f, overlap >= %.2f\n\n", with.truth.size(),
              with.arguments.shared.profile.c_str(), with.min_score, with.arguments.min_iou);
  std::printf("%-14s %6s %8s %10s %8s %8s %10s %10s\n", "copy", "faces", "recall", "precision", "covered",
              "detect", "sure", "lost");
}

void print_copy(CopyKind kind, const Report& report) {
  const Figures figures = report.evaluation.all(report.min_score);
  std::printf("%-14s %6d %8.3f %10.3f %8.3f %5.0f ms %10d %10d\n", std::string(name_of(kind)).c_str(),
              figures.labelled, figures.recall(), figures.precision(), figures.covered_rate(),
              report.detect.median_ms, report.sure_in_fast, report.sure_lost);
  std::fflush(stdout);
}

json::object to_json(CopyKind kind, const Report& report) {
  json::object object = to_json(report.evaluation.all(report.min_score), false);
  object["copy"] = name_of(kind);
  object["detect_ms"] = to_json(report.detect);
  object["sure_in_fast"] = report.sure_in_fast;
  object["sure_lost"] = report.sure_lost;
  return object;
}

int evaluate_copies(const Measurement& with) {
  if (!with.arguments.json) print_copy_header(with);
  int status = kExitDone;
  for (const CopyKind kind : kCopyKinds) {
    std::vector<std::optional<Outcome>> outcomes;
    status = std::max(status, measure(with, kind, outcomes));
    const Report report = report_of(outcomes, with.arguments.min_iou, with.min_score);
    if (with.arguments.json) {
      std::cout << to_text(to_json(kind, report)) << std::endl;
    } else {
      print_copy(kind, report);
    }
  }
  if (!with.arguments.json) {
    std::printf(
        "\nsure: faces that the profile fast finds with a score of %.1f or more; lost: of them, not found.\n",
        kSureScore);
  }
  return status;
}

int log_figures(const json::object& figures, const Measurement& with) {
  const auto data_set = data_set_sha256(with.arguments.images, with.arguments.truth, with.truth);
  if (!data_set) {
    print_error("", data_set.error().message);
    return kExitSomeFailed;
  }
  return log_evaluation(figures, *data_set, with.arguments.log);
}

int evaluate(const EvalArguments& arguments) {
  if (!arguments.video.clips.empty()) {
    return evaluate_clips(arguments.shared, arguments.log.registry, arguments.video, arguments.truth,
                          arguments.json);
  }
  const InterruptWatch watch;
  const auto truth = read_truth(arguments.truth);
  if (!truth) {
    print_error(arguments.truth, truth.error().message);
    return kExitUsage;
  }
  if (const auto valid = check_evaluation_log(arguments.log); !valid) {
    print_error("", valid.error().message);
    return kExitUsage;
  }
  const auto weights = choose_weights(arguments.shared, arguments.log.registry);
  if (!weights) {
    print_error("", weights.error().message);
    return weights.error().code == ErrorCode::kInvalidOption ? kExitUsage : kExitSomeFailed;
  }
  const auto detector = load_detector(weights->on_threads(std::max(1, arguments.shared.threads)));
  if (!detector) {
    print_error("", detector.error().message);
    return kExitSomeFailed;
  }
  const Profile profile = arguments.shared.detection().profile;
  const float min_score = arguments.shared.min_score.value_or(detector->default_min_score(profile));

  const Measurement with{arguments, *truth, *detector, profile, min_score};
  if (arguments.copies) return evaluate_copies(with);
  std::vector<std::optional<Outcome>> outcomes;
  int status = measure(with, std::nullopt, outcomes);
  const Report report = report_of(outcomes, arguments.min_iou, min_score);
  json::object figures = report_json(report, arguments, detector->model());
  const auto margins =
      arguments.margins ? std::optional(margin_table(outcomes, min_score)) : std::optional<MarginTable>();
  if (margins) figures["margins"] = to_json(*margins);
  if (arguments.json) {
    std::cout << to_text(figures) << std::endl;
  } else {
    print_table(report, arguments);
    if (margins) print_margins(*margins);
  }
  // Figures of fewer photos than the data set has would be taken for the data set's.
  if (!arguments.log.registry.url.empty() && status == kExitDone) status = log_figures(figures, with);
  return status_after_output(status);
}

}  // namespace

void add_eval_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App* command = app.add_subcommand(
      "eval", "Measure detection on labelled photos, or how well faces are covered in labelled clips");
  CLI::Option* images =
      command->add_option("--images", arguments->images, "The folder that the truth's paths start from")
          ->check(CLI::ExistingDirectory);
  command
      ->add_option("--truth", arguments->truth,
                   "JSON lines: {\"image\", \"faces\": [{\"box\": [x, y, width, height], \"kind\"}]} or "
                   "{\"image\", \"noses\": [[x, y]]}, in pixels of the upright picture; of a clip: "
                   "{\"person\", \"boxes\": {\"FRAME\": [x, y, width, height]}}")
      ->check(CLI::ExistingFile);
  add_video_eval_options(*command, arguments->video, images);
  command
      ->add_option("--iou", arguments->min_iou,
                   "A found face is a labelled one from this overlap on (intersection over union)")
      ->check(number_in(0.01, 1))
      ->capture_default_str();
  command->add_option("--jobs", arguments->jobs, "Photos worked on at once")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "One JSON object instead of the table");
  command->add_flag("--curve", arguments->curve, "Also recall and precision over the score");
  command->add_flag("--margins", arguments->margins,
                    "Also what margins cover, and how much of the pictures they redact");
  command->add_flag(
      "--copies", arguments->copies,
      "Measure turned, mirrored and worsened copies of the photos instead, and whether a face that "
      "the profile fast is sure of is found");
  add_shared_options(*command, arguments->shared, "Threads inside one run of the network (default: 1)");
  add_evaluation_log_options(*command, arguments->log);
  command->callback([arguments, &chosen] {
    const bool names_photos = !arguments->images.empty() && !arguments->truth.empty();
    if (!names_photos && arguments->video.clips.empty()) {
      throw CLI::RequiredError("--images and --truth, or --video");
    }
    chosen = [arguments] { return evaluate(*arguments); };
  });
}

}  // namespace face_privacy
