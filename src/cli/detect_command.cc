#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "cli/clip_run.h"
#include "cli/commands.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/people.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/registry_options.h"
#include "cli/shared_options.h"
#include "pipeline/pipeline.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

struct DetectArguments {
  SharedOptions shared;
  RegistryOptions registry;
  std::vector<std::string> inputs;
  PeopleOptions people;
  ClipArguments clips;
};

// Prints the tracks file.
std::optional<int> detect_clip(const PhotoFile& clip, ByteView standard_input, ClipWorkers& workers,
                               const ClipOptions& options, Progress& progress) {
  const auto found = detect_in_clip(clip, standard_input, workers, options, progress);
  progress.interrupt([&] {
    if (!found) return print_error(clip.input.string(), found.error().message);
    const ByteView tracks = found->tracks.view();
    print_text({reinterpret_cast<const char*>(tracks.data()), tracks.size()});
  });
  if (!found) return std::nullopt;
  return static_cast<int>(found->summary.tracks.tracks);
}

// What all photos and clips of a call are looked at with.
struct Look {
  const PhotoWorkers& workers;
  const std::vector<Person>& people;
  DetectOptions options;
  ClipWorkers& clip_workers;
  ClipOptions clips;
};

// How many faces; nothing where it failed, which has been told.
std::optional<int> detect(const PhotoFile& photo, const Look& look, Progress& progress) {
  if (!output_arrives()) return std::nullopt;  // what is found would be told to nobody
  const auto look_at_clip = [&](ByteView standard_input) {
    return detect_clip(photo, standard_input, look.clip_workers, look.clips, progress);
  };
  if (is_clip(photo.input)) return look_at_clip({});
  const Limits limits;
  const auto file = read_file(photo.input, limits.max_bytes);
  if (file && is_clip(*file)) return look_at_clip(*file);
  const auto report = file ? look.workers.detect(*file, look.options) : Result<DetectReport>(fail(file));
  progress.interrupt([&] {
    if (!report) return print_error(photo.input.string(), report.error().message);
    boost::json::object line = to_json(*report, look.workers.model(), look.people);
    set_file_name(line, photo.input);
    print_json(line);
  });
  if (!report) return std::nullopt;
  return static_cast<int>(report->face_count());
}

int detect(const DetectArguments& arguments) {
  const InterruptWatch watch;
  if (const auto problem = stream_problem(arguments.inputs)) {
    print_error("", *problem);
    return kExitUsage;
  }
  const PhotoList list = list_photos(arguments.inputs, {});
  const int threads = resolved_threads(arguments.shared);
  const int photo_count = std::max<int>(1, static_cast<int>(list.photos.size()));
  const auto failed = [](const Error& error) {
    print_error("", error.message);
    return error.code == ErrorCode::kInvalidOption ? kExitUsage : kExitSomeFailed;
  };
  const auto photos_of_people = reference_photos(arguments.people);
  if (!photos_of_people) return failed(photos_of_people.error());
  const auto recognizer = needed_recognizer(arguments.people, arguments.shared.engine);
  if (!recognizer) return failed(recognizer.error());
  const auto weights = choose_weights(arguments.shared, arguments.registry);
  if (!weights) return failed(weights.error());
  const auto workers = start_photo_workers(arguments.shared, *weights,
                                           {threads, photo_count, true, are_all_jpeg(list), *recognizer});
  if (!workers) return failed(workers.error());
  const auto people = learn_people(*photos_of_people, *workers);
  if (!people) return failed(people.error());
  const int threads_each = std::max(1, threads / photo_count);
  ClipWorkers clip_workers(
      clip_worker_settings(arguments.shared, *weights, threads_each, *recognizer, false));
  Look look{*workers, *people, arguments.shared.detection(), clip_workers, {}};
  PhotoOptions shared;
  shared.detection = look.options;
  look.clips = clip_options(arguments.clips, shared, *people, threads_each);
  look.options.people = faces_of(*people);
  const int status = run_photos(list, threads, [&](const PhotoFile& photo, Progress& progress) {
    return detect(photo, look, progress);
  });
  return status_after_output(status);
}

}  // namespace

void add_detect_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<DetectArguments>();
  CLI::App* command = app.add_subcommand(
      "detect", "Tell where the faces are: a JSON line for each photo, a tracks file for a clip");
  command
      ->add_option("photos", arguments->inputs,
                   "Photos, clips, folders (with all below them), or - for standard input")
      ->required();
  add_people_options(*command, arguments->people);
  add_detect_every_option(*command, arguments->clips);
  add_shared_options(*command, arguments->shared, "Photos worked on at once (default: the number of cores)");
  add_registry_options(*command, arguments->registry);
  command->footer(
      "Example:\n"
      "  face-privacy detect holiday/ | jq -r 'select(.faces == []) | .file'     photos without a face");
  command->callback([arguments, &chosen] { chosen = [arguments] { return detect(*arguments); }; });
}

}  // namespace face_privacy
