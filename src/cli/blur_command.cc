#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <set>

#include "cli/clip_run.h"
#include "cli/commands.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "pipeline/pipeline.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

struct BlurArguments {
  SharedOptions shared;
  std::vector<std::string> inputs;
  std::string output;
  std::string style = "blur";
  std::string shape = "ellipse";
  float margin = RedactOptions{}.margin;
  int cells = RedactOptions{}.cells;
  std::string color = "black";
  std::vector<std::string> regions;
  std::vector<std::string> keep;
  bool no_detect = false;
  std::string format = "keep";
  std::optional<int> quality;
  bool json = false;
  ClipArguments clips;
};

std::string box_problem(const std::string& text) {
  return box_from_text(text)
             ? ""
             : "\"" + text + "\" is no box; x,y,width,height in pixels is needed, e.g. 10,20,100,120";
}

std::string color_problem(const std::string& text) {
  return color_from_text(text) ? "" : "\"" + text + "\" is no colour; e.g. #336699 or black";
}

void add_options(CLI::App& command, BlurArguments& arguments) {
  command
      .add_option("photos", arguments.inputs,
                  "Photos, clips, folders (with all below them), or - for standard input")
      ->required();
  command.add_option(
      "-o,--output", arguments.output,
      "File or folder for the result, - for standard output (default: NAME-redacted beside the "
      "photo, FOLDER-redacted beside the folder)");
  command.add_option("--style", arguments.style, "blur, pixelate or fill")
      ->check(CLI::IsMember({"blur", "pixelate", "fill"}))
      ->envname("FACE_PRIVACY_STYLE")
      ->capture_default_str();
  command.add_option("--shape", arguments.shape, "ellipse or box")
      ->check(CLI::IsMember({"ellipse", "box"}))
      ->envname("FACE_PRIVACY_SHAPE")
      ->capture_default_str();
  command
      .add_option("--margin", arguments.margin,
                  "The face box grows by this share of its size on each side, 0..2")
      ->check(CLI::Range(0.F, kMaxMargin))
      ->envname("FACE_PRIVACY_MARGIN")
      ->capture_default_str();
  command.add_option("--cells", arguments.cells, "pixelate: averaged cells across a face, 1..6")
      ->check(CLI::Range(1, kMaxCells))
      ->envname("FACE_PRIVACY_CELLS")
      ->capture_default_str();
  command.add_option("--color", arguments.color, "fill: #rrggbb or a name such as black")
      ->check(color_problem)
      ->envname("FACE_PRIVACY_COLOR")
      ->capture_default_str();
  command
      .add_option("--region", arguments.regions, "Also redact this box, x,y,w,h in pixels; may be repeated")
      ->check(box_problem)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--keep", arguments.keep, "Leave faces that lie in this box, x,y,w,h; may be repeated")
      ->check(box_problem)
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_flag("--no-detect", arguments.no_detect, "Look for no faces; redact the --region boxes only");
  command.add_option("--format", arguments.format, "Format of the result: keep, jpeg, png, webp or avif")
      ->check(CLI::IsMember({"keep", "jpeg", "png", "webp", "avif"}))
      ->envname("FACE_PRIVACY_FORMAT")
      ->capture_default_str();
  command
      .add_option("--quality", arguments.quality,
                  "1..100 for lossy formats (default for JPEG: the photo's own tables)")
      ->check(CLI::Range(1, 100))
      ->envname("FACE_PRIVACY_QUALITY");
  add_clip_options(command, arguments.clips);
  command.add_flag("--json", arguments.json, "A JSON line for each photo or clip on standard output");
}

// The format asked for by --format, or by the name given with -o.
std::optional<Format> wanted_format(const BlurArguments& arguments, bool output_is_folder) {
  if (arguments.format != "keep") return format_from_name(arguments.format);
  if (arguments.output.empty() || arguments.output == kStandardStream || output_is_folder)
    return std::nullopt;
  const std::string extension = fs::path(arguments.output).extension().string();
  return extension.empty() ? std::nullopt : format_from_name(extension.substr(1));
}

BlurOptions blur_options(const BlurArguments& arguments, bool output_is_folder) {
  BlurOptions options;
  options.detect = !arguments.no_detect;
  options.detection = arguments.shared.detection();
  options.redaction = {*style_from_name(arguments.style), *shape_from_name(arguments.shape), arguments.margin,
                       arguments.cells, *color_from_text(arguments.color)};
  for (const std::string& text : arguments.regions) options.regions.push_back({.box = *box_from_text(text)});
  for (const std::string& text : arguments.keep) options.keep.push_back(*box_from_text(text));
  options.encoding = {wanted_format(arguments, output_is_folder), arguments.quality};
  return options;
}

// One run of `blur`: options resolved, the detector loaded.
class BlurRun {
 public:
  BlurRun(const BlurArguments& arguments, BlurOptions options, bool output_is_folder,
          std::optional<Detector> detector, int threads)
      : arguments_(arguments),
        threads_(threads),
        options_(std::move(options)),
        output_is_folder_(output_is_folder),
        to_stdout_(arguments.output == kStandardStream ||
                   (arguments.output.empty() && arguments.inputs.front() == kStandardStream)),
        detector_(std::move(detector)) {}

  // Where inputs would be overwritten or two results meet, nothing is begun: says so.
  std::optional<std::string> conflict(const PhotoList& list) const {
    std::map<fs::path, fs::path> writers;
    for (const PhotoFile& photo : list.photos) {
      if (to_stdout_) continue;
      const fs::path target = planned_path(photo);
      std::error_code error;
      for (const PhotoFile& other : list.photos) {
        if (fs::equivalent(target, other.input, error) && !error) {
          return target.string() + ": the result would overwrite an input";
        }
        if (!fs::exists(target, error)) break;
      }
      const auto [it, is_new] = writers.emplace(target.lexically_normal(), photo.input);
      if (!is_new) {
        return target.string() + ": both " + it->second.string() + " and " + photo.input.string() +
               " would be written there";
      }
    }
    return std::nullopt;
  }

  std::optional<int> blur(const PhotoFile& photo, const std::stop_token& stop, Progress& progress) const {
    const std::string name = photo.input.string();
    auto outcome = blur_and_write(photo, stop, progress);
    progress.interrupt([&] {
      if (!outcome) {
        print_error(name, outcome.error().message);
        if (arguments_.json) {
          print_json(
              {{"file", name},
               {"error", {{"code", name_of(outcome.error().code)}, {"message", outcome.error().message}}}});
        }
      } else if (arguments_.json) {
        print_json(outcome->report);
      } else if (!to_stdout_) {
        std::printf("%s: %d %s -> %s\n", name.c_str(), outcome->faces, outcome->faces == 1 ? "face" : "faces",
                    outcome->output.c_str());
      }
    });
    if (!outcome) return std::nullopt;
    return outcome->faces;
  }

 private:
  struct Outcome {
    boost::json::object report;
    int faces = 0;
    std::string output;
  };

  fs::path path_for(const PhotoFile& photo, Format source, Format written) const {
    return output_path(photo, arguments_.output, output_is_folder_, source, written);
  }

  // The target by name alone, before the photo is read.
  fs::path planned_path(const PhotoFile& photo) const {
    const std::string extension = photo.input.extension().string();
    const auto named = extension.empty() ? std::nullopt : format_from_name(extension.substr(1));
    const Format source = named.value_or(Format::kJpeg);
    return path_for(photo, source, output_format(source, options_.encoding));
  }

  Result<Outcome> blur_and_write_clip(const PhotoFile& clip, ByteView standard_input, const std::stop_token& stop,
                                      Progress& progress) const {
    const fs::path target =
        to_stdout_ ? fs::path(kStandardStream) : clip_output_path(clip, arguments_.output, output_is_folder_);
    auto blurred = blur_clip(clip, standard_input, target, arguments_.clips.tracks, *detector_,
                             clip_options(arguments_.clips, options_, threads_), stop, progress);
    if (!blurred) return fail(blurred);
    Outcome outcome{std::move(blurred->report), blurred->tracks, target.string()};
    outcome.report["file"] = clip.input.string();
    if (!to_stdout_) outcome.report["output"].as_object()["file"] = outcome.output;
    return outcome;
  }

  Result<Outcome> blur_and_write(const PhotoFile& photo, const std::stop_token& stop, Progress& progress) const {
    if (is_clip(photo.input)) return blur_and_write_clip(photo, {}, stop, progress);
    const Limits limits;
    auto file = read_file(photo.input, limits.max_bytes);
    if (!file) return fail(file);
    if (is_clip(*file)) return blur_and_write_clip(photo, *file, stop, progress);
    auto blurred = redact_photo(*file, *detector_, options_, limits, StopCondition(std::nullopt, stop));
    if (!blurred) return fail(blurred);
    Outcome outcome;
    outcome.faces = static_cast<int>(blurred->report.detection.face_count());
    outcome.report = to_json(blurred->report, detector_->model());
    outcome.report["file"] = photo.input.string();
    if (to_stdout_) {
      if (auto written = write_standard_output(blurred->file); !written) return fail(written);
      return outcome;
    }
    const fs::path target = path_for(photo, blurred->report.detection.format, blurred->report.output_format);
    std::error_code error;
    if (fs::equivalent(target, photo.input, error) && !error) {
      return fail(ErrorCode::kIo, "the result would overwrite the photo");
    }
    if (auto written = write_file(target, blurred->file); !written) return fail(written);
    outcome.output = target.string();
    outcome.report["output"].as_object()["file"] = outcome.output;
    return outcome;
  }

  void print_json(const boost::json::object& line) const {
    // Where the photo itself goes to standard output the report goes to the other stream.
    (to_stdout_ ? std::cerr : std::cout) << to_text(line) << std::endl;
  }

  const BlurArguments& arguments_;
  const int threads_;  // for one clip
  const BlurOptions options_;
  const bool output_is_folder_;
  const bool to_stdout_;
  const std::optional<Detector> detector_;
};

// Without -o a folder's results go into a folder beside it.
void choose_default_output(BlurArguments& arguments) {
  std::error_code error;
  if (!arguments.output.empty() || arguments.inputs.size() != 1) return;
  if (arguments.inputs.front() == kStandardStream || !fs::is_directory(arguments.inputs.front(), error))
    return;
  fs::path folder = fs::canonical(arguments.inputs.front(), error);
  if (error) return;
  fs::path given = fs::path(arguments.inputs.front()).lexically_normal();
  if (!given.has_filename()) given = given.parent_path();
  const bool is_plain_name = given.has_filename() && given.filename() != "." && given.filename() != "..";
  arguments.output = ((is_plain_name ? given : folder).string()) + kRedactedSuffix;
}

int usage_error(const std::string& message) {
  print_error("", message);
  return kExitUsage;
}

int blur(BlurArguments arguments) {
  const InterruptWatch watch;
  choose_default_output(arguments);
  const bool is_stdout = arguments.output == kStandardStream;
  const bool output_is_folder =
      !arguments.output.empty() && !is_stdout && names_folder(arguments.output, arguments.inputs);
  const BlurOptions options = blur_options(arguments, output_is_folder);
  const PhotoList list =
      list_photos(arguments.inputs, output_is_folder ? fs::path(arguments.output) : fs::path());
  if (is_stdout && list.photos.size() > 1) return usage_error("-o - takes one photo only");
  if (list.photos.empty() && list.unreadable.empty()) {
    print_error("", "there is no photo in what was given");
  }
  const int threads = resolved_threads(arguments.shared);
  const int photo_count = std::max<int>(1, static_cast<int>(list.photos.size()));
  auto detector = load_detector(arguments.shared, std::max(1, threads / photo_count));
  if (!detector) {
    print_error("", detector.error().message);
    return kExitSomeFailed;
  }
  const BlurRun run(arguments, options, output_is_folder, std::move(*detector), std::max(1, threads / photo_count));
  if (const auto conflict = run.conflict(list)) return usage_error(*conflict);
  if (output_is_folder) {
    if (auto marked = mark_results(arguments.output, arguments.inputs); !marked) {
      print_error(arguments.output, marked.error().message);
      return kExitSomeFailed;
    }
  }
  return run_photos(list, threads, watch,
                    [&run](const PhotoFile& photo, const std::stop_token& stop, Progress& progress) {
                      return run.blur(photo, stop, progress);
                    });
}

}  // namespace

void add_blur_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<BlurArguments>();
  CLI::App* command =
      app.add_subcommand("blur", "Redact the faces in photos; writes new files, never over the input");
  add_options(*command, *arguments);
  add_shared_options(*command, arguments->shared, "Photos worked on at once (default: the number of cores)");
  command->footer(
      "Examples:\n"
      "  face-privacy blur party.jpg                     writes party-redacted.jpg\n"
      "  face-privacy blur holiday/ -o safe/             a whole folder, tree and names kept\n"
      "  face-privacy blur a.png b.heic -o safe --style fill --color '#222'\n"
      "  face-privacy blur - < in.jpg > out.jpg          in a pipe\n"
      "  face-privacy blur map.jpg --no-detect --region 120,80,64,64\n"
      "\n"
      "The metadata of a photo (place, camera, thumbnail) never gets into the result.");
  command->callback([arguments, &chosen] { chosen = [arguments] { return blur(*arguments); }; });
}

}  // namespace face_privacy
