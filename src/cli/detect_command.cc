#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <memory>

#include "cli/clip_run.h"
#include "cli/commands.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "pipeline/pipeline.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

struct DetectArguments {
  SharedOptions shared;
  std::vector<std::string> inputs;
  ClipArguments clips;
};

Result<DetectReport> detect_file(const PhotoFile& photo, const Detector& detector,
                                 const DetectOptions& options, const std::stop_token& stop) {
  const Limits limits;
  auto file = read_file(photo.input, limits.max_bytes);
  if (!file) return fail(file);
  return detect_photo(*file, detector, options, limits, StopCondition(std::nullopt, stop));
}

// Prints the tracks file.
std::optional<int> detect_clip(const PhotoFile& clip, const Detector& detector, const ClipOptions& options,
                               const std::stop_token& stop, Progress& progress) {
  const auto tracks = detect_in_clip(clip, {}, detector, options, stop, progress);
  progress.interrupt([&] {
    if (!tracks) return print_error(clip.input.string(), tracks.error().message);
    std::cout << tracks_to_json(*tracks) << std::flush;
  });
  if (!tracks) return std::nullopt;
  return static_cast<int>(tracks->clip.tracks.size());
}

int detect(const DetectArguments& arguments) {
  const InterruptWatch watch;
  const PhotoList list = list_photos(arguments.inputs, {});
  const int threads = resolved_threads(arguments.shared);
  const int photo_count = std::max<int>(1, static_cast<int>(list.photos.size()));
  const auto detector = load_detector(arguments.shared, std::max(1, threads / photo_count));
  if (!detector) {
    print_error("", detector.error().message);
    return kExitSomeFailed;
  }
  const DetectOptions options = arguments.shared.detection();
  BlurOptions shared;
  shared.detection = options;
  const ClipOptions clips = clip_options(arguments.clips, shared, std::max(1, threads / photo_count));
  return run_photos(
      list, threads, watch,
      [&](const PhotoFile& photo, const std::stop_token& stop, Progress& progress) -> std::optional<int> {
        if (is_clip(photo.input)) return detect_clip(photo, *detector, clips, stop, progress);
        const auto report = detect_file(photo, *detector, options, stop);
        const std::string name = photo.input.string();
        progress.interrupt([&] {
          if (!report) return print_error(name, report.error().message);
          boost::json::object line = to_json(*report, detector->model());
          line["file"] = name;
          std::cout << to_text(line) << std::endl;
        });
        if (!report) return std::nullopt;
        return static_cast<int>(report->face_count());
      });
}

}  // namespace

void add_detect_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* command =
      app.add_subcommand("detect", "Tell where the faces are: a JSON line for each photo, a tracks file for a clip");
  command
      ->add_option("photos", arguments->inputs,
                   "Photos, clips, folders (with all below them), or - for standard input")
      ->required();
  add_detect_every_option(*command, arguments->clips);
  add_shared_options(*command, arguments->shared, "Photos worked on at once (default: the number of cores)");
  command->footer(
      "Example:\n"
      "  face-privacy detect holiday/ | jq -r 'select(.faces == []) | .file'     photos without a face");
  command->callback([arguments, &chosen] { chosen = [arguments] { return detect(*arguments); }; });
}

}  // namespace face_privacy
