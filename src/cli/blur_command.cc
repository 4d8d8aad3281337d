#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "cli/clip_run.h"
#include "cli/commands.h"
#include "cli/key_files.h"
#include "cli/names.h"
#include "cli/number_range.h"
#include "cli/output.h"
#include "cli/people.h"
#include "cli/photo_files.h"
#include "cli/photo_run.h"
#include "cli/registry_options.h"
#include "cli/result_files.h"
#include "cli/result_names.h"
#include "cli/shared_options.h"
#include "pipeline/pipeline.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;

struct BlurArguments {
  SharedOptions shared;
  RegistryOptions registry;
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
  std::string metadata = "strip";
  bool receipt = false;
  bool receipt_with_input = false;
  std::string signing_key;
  std::string noise_key;
  std::optional<SigningKey> key;  // read from it where a receipt is wanted
  bool json = false;
  PeopleOptions people;
  ClipArguments clips;
};

std::string box_problem(const std::string& text) {
  return box_from_text(text)
             ? ""
             : "\"" + text + "\" is an invalid box; x,y,width,height in pixels is needed, e.g. 10,20,100,120";
}

std::string region_problem(const std::string& text) {
  return region_from_text(text)
             ? ""
             : "\"" + text +
                   "\" is an invalid region; x,y,width,height in pixels is needed, and after it "
                   "style=, shape= or margin= of its own, e.g. 10,20,100,120,style=fill";
}

std::string color_problem(const std::string& text) {
  return color_from_text(text) ? "" : "\"" + text + "\" is an invalid color; e.g. #336699 or black";
}

// What is covered, and how it looks then.
void add_cover_options(CLI::App& command, BlurArguments& arguments) {
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
      ->check(number_in(0, kMaxMargin))
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
      .add_option("--region", arguments.regions,
                  "Also redact this box, x,y,w,h in pixels; may be repeated. With a look of its own: "
                  "x,y,w,h,style=fill,shape=box,margin=0")
      ->check(region_problem)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--keep", arguments.keep, "Leave faces that lie in this box, x,y,w,h; may be repeated")
      ->check(box_problem)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

// What the result is written as.
void add_format_options(CLI::App& command, BlurArguments& arguments) {
  command.add_option("--format", arguments.format, "Format of the result: keep, jpeg, png, webp or avif")
      ->check(CLI::IsMember({"keep", "jpeg", "png", "webp", "avif"}))
      ->envname("FACE_PRIVACY_FORMAT")
      ->capture_default_str();
  command
      .add_option("--quality", arguments.quality,
                  "1..100 for lossy formats (default for JPEG: the photo's own tables)")
      ->check(CLI::Range(1, 100))
      ->envname("FACE_PRIVACY_QUALITY");
  command
      .add_option(
          "--metadata", arguments.metadata,
          "strip, or keep: of a photo EXIF and a panorama's XMP stay, by a list of tags, never pictures")
      ->check(CLI::IsMember({"strip", "keep"}))
      ->envname("FACE_PRIVACY_METADATA")
      ->capture_default_str();
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
  add_cover_options(command, arguments);
  add_people_options(command, arguments.people);
  command.add_flag("--no-detect", arguments.no_detect, "Look for no faces; redact the --region boxes only");
  add_format_options(command, arguments);
  command.add_flag(
      "--receipt", arguments.receipt,
      "Also write RESULT.receipt.jws: a signed statement of what was done (needs --signing-key)");
  command.add_flag(
      "--receipt-input", arguments.receipt_with_input,
      "The same with a commitment to the photo, which only what --json gives as receipt_opening can open");
  add_signing_key_option(command, arguments.signing_key);
  add_second_model_option(command, arguments.shared);
  add_noise_key_option(command, arguments.noise_key);
  add_clip_options(command, arguments.clips);
  command.add_flag("--json", arguments.json, "A JSON line for each photo or clip on standard output");
}

// The format that the name given with -o says; nothing where it is no file's name or has no extension.
Result<std::optional<Format>> format_of_output(const BlurArguments& arguments, bool output_is_folder) {
  const std::string extension = fs::path(arguments.output).extension().string();
  if (arguments.output == kStandardStream || output_is_folder || extension.empty()) return std::nullopt;
  if (container_from_extension(extension)) return std::nullopt;  // of a clip
  const auto format = format_from_extension(extension);
  if (!format) {
    return fail(ErrorCode::kInvalidOption,
                extension + " is no extension of a photo or clip; name a photo's format with --format");
  }
  if (*format == Format::kHeic) return fail(ErrorCode::kInvalidOption, "HEIC is read only");
  return format;
}

// --format, or what the output's name says.
Result<std::optional<Format>> wanted_format(const BlurArguments& arguments, bool output_is_folder) {
  if (arguments.format != "keep") return format_from_name(arguments.format);
  return format_of_output(arguments, output_is_folder);
}

PhotoOptions blur_options(const BlurArguments& arguments, std::optional<Format> format,
                          const std::optional<NoiseKey>& noise_key) {
  PhotoOptions options;
  options.detect = !arguments.no_detect;
  options.detection = arguments.shared.detection();
  options.redaction = {*style_from_name(arguments.style),
                       *shape_from_name(arguments.shape),
                       arguments.margin,
                       arguments.cells,
                       *color_from_text(arguments.color),
                       noise_key};
  for (const std::string& text : arguments.regions) options.regions.push_back(*region_from_text(text));
  for (const std::string& text : arguments.keep) options.keep.push_back(*box_from_text(text));
  options.encoding = {format, arguments.quality};
  options.metadata = arguments.metadata == "keep" ? Metadata::kKeep : Metadata::kStrip;
  if (arguments.receipt) options.receipt = Receipt::kOutput;
  if (arguments.receipt_with_input) options.receipt = Receipt::kWithInput;
  return options;
}

fs::path receipt_path(const fs::path& result) { return result.string() + ".receipt.jws"; }

// One run of `blur`: options resolved, workers ready, every result's name settled.
class BlurRun {
 public:
  BlurRun(const BlurArguments& arguments, PhotoOptions options, std::vector<Person> people,
          ResultNames* names, const PhotoWorkers& workers, ClipWorkers& clip_workers, int threads_for_a_clip)
      : arguments_(arguments),
        threads_for_a_clip_(threads_for_a_clip),
        options_(std::move(options)),
        people_(std::move(people)),
        names_(names),
        workers_(workers),
        clip_workers_(clip_workers) {}

  std::optional<int> redact(const PhotoFile& photo, Progress& progress) const {
    auto outcome = blur_and_write(photo, progress);
    progress.interrupt([&] {
      if (!outcome) {
        report_failure(photo, outcome.error());
      } else if (arguments_.json) {
        print_report(outcome->report);
      } else if (names_ != nullptr) {
        print_line(photo.input.string() + ": " + std::to_string(outcome->faces) +
                   (outcome->faces == 1 ? " face" : " faces") + outcome->kept + " -> " + outcome->output);
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
    std::string kept{};  // who, and how sure
  };

  Result<Outcome> blur_and_write_clip(const PhotoFile& clip, ByteView standard_input,
                                      Progress& progress) const {
    fs::path target = kStandardStream;
    if (names_ != nullptr) {
      auto taken = take_name(clip, std::nullopt);
      if (!taken) return fail(taken);
      target = std::move(*taken);
    }
    if (is_named_as(target, format_from_extension)) {
      return fail(ErrorCode::kInvalidOption, "this is a clip, and -o names a photo");
    }
    auto redacted = redact_clip(clip, standard_input, target, arguments_.clips.tracks, clip_workers_,
                                clip_options(arguments_.clips, options_, people_, threads_for_a_clip_),
                                {signing_key(), workers_.model()}, progress);
    if (!redacted) return fail(redacted);
    Outcome outcome{std::move(redacted->report), redacted->tracks, target.string(),
                    std::move(redacted->kept)};
    set_file_name(outcome.report, clip.input);
    if (names_ != nullptr) set_file_name(outcome.report["output"].as_object(), target);
    if (auto handed = hand_over(redacted->receipt, target, clip, outcome); !handed) return fail(handed);
    return outcome;
  }

  // Whether -o names this file, rather than a folder for it, with an extension that says something to `read`.
  template <class Read>
  bool is_named_as(const fs::path& target, const Read& read) const {
    return target == arguments_.output && read(target.extension().string()).has_value();
  }

  const SigningKey* signing_key() const { return arguments_.key ? &*arguments_.key : nullptr; }

  // The name for a result, beside which its receipt may lie.
  Result<fs::path> take_name(const PhotoFile& photo, std::optional<Format> source) const {
    auto taken = names_->take(photo, source);
    if (!taken || options_.receipt == Receipt::kNone) return taken;
    if (auto free = names_->take_beside(photo, receipt_path(*taken)); !free) return fail(free);
    return taken;
  }

  Result<Outcome> blur_and_write(const PhotoFile& photo, Progress& progress) const {
    if (is_clip(photo.input)) return blur_and_write_clip(photo, {}, progress);
    const Limits limits;
    auto file = read_file(photo.input, limits.max_bytes);
    if (!file) return fail(file);
    if (is_clip(*file)) return blur_and_write_clip(photo, *file, progress);
    if (!arguments_.clips.tracks.empty()) {
      return fail(ErrorCode::kInvalidOption, "--tracks is for a clip; this is none");
    }
    fs::path target;
    if (names_ != nullptr) {
      auto taken = take_name(photo, sniff_format(*file).value_or(Format::kJpeg));
      if (!taken) return fail(taken);
      target = std::move(*taken);
    }
    auto redacted = workers_.redact(*file, options_);
    if (!redacted) return fail(redacted);
    // What is no photo either is told as that.
    if (arguments_.format == "keep" && is_named_as(target, container_from_extension)) {
      return fail(ErrorCode::kInvalidOption, "this is a photo, and -o names a clip");
    }
    Outcome outcome;
    outcome.faces = static_cast<int>(redacted->report.detection.face_count());
    outcome.report = to_json(redacted->report, workers_.model(), people_);
    outcome.kept = describe_kept(redacted->report.detection.matches, people_);
    set_file_name(outcome.report, photo.input);
    const IssuedReceipt issued = receipt_of(*file, *redacted);
    if (names_ == nullptr) {
      if (auto written = write_standard_output(redacted->file.view()); !written) return fail(written);
    } else {
      if (auto written = write_file(target, redacted->file.view(), access_of(photo.input)); !written) {
        return fail(written);
      }
      outcome.output = target.string();
      set_file_name(outcome.report["output"].as_object(), target);
    }
    if (auto handed = hand_over(issued, target, photo, outcome); !handed) return fail(handed);
    return outcome;
  }

  // Empty where none is wanted.
  IssuedReceipt receipt_of(ByteView input, const WorkedPhoto& photo) const {
    if (!arguments_.key) return {};
    const DetectOptions& detection = options_.detection;
    const float min_score = detection.min_score.value_or(workers_.default_min_score(detection.profile));
    const ReceiptSubject subject{options_,
                                 photo.report,
                                 workers_.model(),
                                 min_score,
                                 input,
                                 photo.file.view(),
                                 FACE_PRIVACY_VERSION,
                                 workers_.recognizer(),
                                 workers_.second_model()};
    return issue_receipt(subject, *arguments_.key, std::chrono::system_clock::now());
  }

  // A receipt, if there is one, once its result is there: into the report, or beside the result.
  Result<void> hand_over(const IssuedReceipt& issued, const fs::path& target, const PhotoFile& photo,
                         Outcome& outcome) const {
    if (issued.receipt.empty()) return {};
    if (!issued.opening.empty()) outcome.report["receipt_opening"] = issued.opening;
    if (names_ == nullptr) {
      outcome.report["receipt"] = issued.receipt;
      return {};
    }
    const fs::path path = receipt_path(target);
    const std::string text = issued.receipt + "\n";
    if (auto written = write_file(path, byte_view(text), access_of(photo.input)); !written) return written;
    set_file_name(outcome.report["receipt"].emplace_object(), path);
    return {};
  }

  void report_failure(const PhotoFile& photo, const Error& error) const {
    print_error(photo.input.string(), error.message);
    if (!arguments_.json) return;
    boost::json::object line;
    set_file_name(line, photo.input);
    line["error"] = {{"code", name_of(error.code)}, {"message", utf8_text(error.message)}};
    print_report(line);
  }

  void print_report(const boost::json::object& line) const {
    // Where the photo itself goes to standard output the report goes to the other stream.
    print_json(line, names_ == nullptr ? stderr : stdout);
  }

  const BlurArguments& arguments_;
  const int threads_for_a_clip_;
  const PhotoOptions options_;
  const std::vector<Person> people_;
  ResultNames* const names_;  // null: to standard output
  const PhotoWorkers& workers_;
  ClipWorkers& clip_workers_;
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

// A bad option is the user's to mend, the rest is the system's.
bool goes_to_standard_output(const BlurArguments& arguments) {
  if (arguments.output.empty()) return arguments.inputs.front() == kStandardStream;
  return arguments.output == kStandardStream || is_standard_output(arguments.output);
}

// Results beside their photos, under their names, would be taken for photos by the next run, and for results
// by whoever shares the folder.
bool is_an_input_folder(const std::string& output, const std::vector<std::string>& inputs) {
  std::error_code error;
  return std::any_of(inputs.begin(), inputs.end(), [&](const std::string& input) {
    return fs::is_directory(input, error) && fs::equivalent(input, output, error);
  });
}

// Says which photos have no place for a result. True where none of them has one.
bool nothing_can_be_written(const ResultNames& names, const PhotoList& list) {
  const auto problems = names.problems();
  if (problems.empty() || problems.size() < list.photos.size()) return false;
  for (const auto& [photo, problem] : problems) print_error(photo->input.string(), problem);
  return true;
}

int blur_photos(const BlurArguments& arguments, PhotoOptions options, const PhotoList& list,
                ResultNames* names) {
  const auto photos_of_people = reference_photos(arguments.people);
  if (!photos_of_people) return usage_error(photos_of_people.error().message);
  const bool signs = options.receipt != Receipt::kNone;
  auto recognizer = needed_recognizer(arguments.people, arguments.shared.engine);
  // A receipt tells what a recognizer makes of covered faces, where one is installed.
  if (recognizer && !*recognizer && signs)
    recognizer = recognizer_settings(arguments.people.recognizer, arguments.shared.engine);
  if (!recognizer) return report_error(recognizer.error());
  const int threads = resolved_threads(arguments.shared);
  const int photo_count = std::max<int>(1, static_cast<int>(list.photos.size()));
  const bool detects = options.detect || signs || *recognizer;
  const bool stays_jpeg =
      are_all_jpeg(list) && options.encoding.format.value_or(Format::kJpeg) == Format::kJpeg;
  const auto weights = choose_weights(arguments.shared, arguments.registry);
  if (!weights) return report_error(weights.error());
  const auto workers = start_photo_workers(arguments.shared, *weights,
                                           {threads, photo_count, detects, stays_jpeg, *recognizer, signs});
  if (!workers) return report_error(workers.error());
  auto people = learn_people(*photos_of_people, *workers);
  if (!people) return report_error(people.error());
  options.detection.people = faces_of(*people);
  const int threads_for_a_clip = std::max(1, threads / photo_count);
  ClipWorkers clip_workers(
      clip_worker_settings(arguments.shared, *weights, threads_for_a_clip, *recognizer, signs));
  const BlurRun run(arguments, std::move(options), std::move(*people), names, *workers, clip_workers,
                    threads_for_a_clip);
  const int status = run_photos(list, threads, [&run](const PhotoFile& photo, Progress& progress) {
    return run.redact(photo, progress);
  });
  return status_after_output(status);
}

void protect_what_is_read(const BlurArguments& arguments, ResultNames& names) {
  for (const std::string& file : {arguments.signing_key, arguments.shared.second_model,
                                  arguments.clips.tracks, arguments.people.recognizer.recognizer}) {
    if (!file.empty()) names.protect(file);
  }
  for (const std::string& key : arguments.registry.model_keys) names.protect(key);
  const auto references = reference_photos(arguments.people);
  if (!references) return;  // told when they are needed
  for (const NamedPhotos& person : *references) {
    for (const std::string& photo : person.photos) names.protect(photo);
  }
}

// The key, where a receipt is wanted; what is wrong with the options, or nothing.
std::optional<std::string> take_key(BlurArguments& arguments) {
  if (!arguments.receipt && !arguments.receipt_with_input) return std::nullopt;
  if (arguments.signing_key.empty())
    return "a receipt needs --signing-key; `face-privacy key new` makes a key";
  auto key = read_signing_key(arguments.signing_key);
  if (!key) return key.error().message;
  arguments.key = std::move(*key);
  if (goes_to_standard_output(arguments) && !arguments.json) {
    return "with -o - a receipt comes in the report: give --json as well";
  }
  return std::nullopt;
}

int blur(BlurArguments arguments) {
  const InterruptWatch watch;
  if (const auto problem = take_key(arguments)) return usage_error(*problem);
  const auto noise_key = read_noise_key(arguments.noise_key);
  if (!noise_key) return usage_error(noise_key.error().message);
  if (const auto problem = stream_problem(arguments.inputs)) return usage_error(*problem);
  choose_default_output(arguments);
  const bool is_stdout = goes_to_standard_output(arguments);
  const bool output_is_folder =
      !arguments.output.empty() && !is_stdout && names_folder(arguments.output, arguments.inputs);
  if (output_is_folder && is_an_input_folder(arguments.output, arguments.inputs)) {
    return usage_error("-o is the folder that the photos are in; name another, or none");
  }
  const auto format = wanted_format(arguments, output_is_folder);
  if (!format) return usage_error(format.error().message);
  const PhotoList list =
      list_photos(arguments.inputs, output_is_folder ? fs::path(arguments.output) : fs::path());
  if (is_stdout && list.photos.size() > 1) return usage_error("-o - takes one photo only");
  if (list.photos.empty() && list.unreadable.empty()) print_error("", "no photos found");
  const PhotoOptions options = blur_options(arguments, *format, *noise_key);
  if (is_stdout) return blur_photos(arguments, options, list, nullptr);

  ResultNames names(list, arguments.output, output_is_folder, options.encoding);
  protect_what_is_read(arguments, names);
  if (nothing_can_be_written(names, list)) return kExitUsage;
  if (output_is_folder) {
    if (auto marked = mark_results(arguments.output, arguments.inputs); !marked) {
      print_error(arguments.output, marked.error().message);
      return kExitSomeFailed;
    }
  }
  return blur_photos(arguments, options, list, &names);
}

}  // namespace

void add_blur_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<BlurArguments>();
  CLI::App* command =
      app.add_subcommand("blur", "Redact the faces in photos; writes new files, never over the input");
  add_options(*command, *arguments);
  add_shared_options(*command, arguments->shared, "Photos worked on at once (default: the number of cores)");
  add_registry_options(*command, arguments->registry);
  command->footer(
      "Examples:\n"
      "  face-privacy blur party.jpg                     writes party-redacted.jpg\n"
      "  face-privacy blur holiday/ -o safe/             a whole folder, tree and names kept\n"
      "  face-privacy blur a.png b.heic -o safe --style fill --color '#222'\n"
      "  face-privacy blur - < in.jpg > out.jpg          in a pipe\n"
      "  face-privacy blur map.jpg --no-detect --region 120,80,64,64,style=fill,shape=box,margin=0\n"
      "\n"
      "The metadata of a photo (place, camera, thumbnail) gets into the result with --metadata keep alone,\n"
      "and then by a list of tags.");
  command->callback([arguments, &chosen] { chosen = [arguments] { return blur(*arguments); }; });
}

}  // namespace face_privacy
