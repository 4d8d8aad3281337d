#include "cli/clip_run.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <boost/json.hpp>
#include <fstream>
#include <limits>

#include "base/descriptor.h"
#include "cli/file_io.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/people.h"
#include "cli/result_files.h"
#include "codec/codec.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kClipMemory = std::uint64_t{4} << 30;      // of address space
constexpr std::uint64_t kThreadMemory = std::uint64_t{256} << 20;  // likewise: stack, and heap of its own
// A film takes hours, and whoever started it can end it.
constexpr std::uint32_t kNoCpuLimit = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kNoFileLimit = std::numeric_limits<std::uint64_t>::max();

// A file without a name: whatever happens to the program, nothing of it remains.
Descriptor nameless_file(const fs::path& folder) {
  return Descriptor(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666));
}

Result<Descriptor> open_clip(const PhotoFile& clip, ByteView standard_input) {
  if (clip.input != kStandardStream) {
    Descriptor file(::open(clip.input.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) return io_failure("cannot be opened");
    return file;
  }
  Descriptor file(::memfd_create("clip", MFD_CLOEXEC));
  if (!file) return io_failure("cannot be kept in memory");
  if (auto written = write_all(file.get(), standard_input, "cannot be kept in memory"); !written)
    return fail(written);
  return file;
}

// The result while it is being written. It gets a name when it is whole.
class ResultFile {
 public:
  static Result<ResultFile> create(const fs::path& path, const FileAccess& widest) {
    const bool to_stdout = path == kStandardStream;
    const auto place = to_stdout ? Result<fs::path>(path) : place_of_file(path);
    if (!place) return fail(place);
    const fs::path& target = *place;
    const fs::path folder = to_stdout                  ? fs::temp_directory_path()
                            : target.has_parent_path() ? target.parent_path()
                                                       : fs::path(".");
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return fail(ErrorCode::kIo, "the folder for the result cannot be made: " + error.message());
    Descriptor file = nameless_file(folder);
    if (file) {
      limit_access(file.get(), widest);
      return ResultFile(std::move(file), target, {});
    }
    // A file system without nameless files: a hidden name, taken away unless the result is whole.
    std::string name = (folder / ".face-privacy-XXXXXX").string();
    Descriptor named(::mkostemp(name.data(), O_CLOEXEC));
    if (!named) return io_failure("the result cannot be written");
    remember_temporary(name);
    limit_access(named.get(), widest);
    return ResultFile(std::move(named), target, name);
  }
  ResultFile(ResultFile&& other) noexcept
      : file_(std::move(other.file_)),
        target_(std::move(other.target_)),
        name_(std::exchange(other.name_, {})) {}
  ResultFile& operator=(ResultFile&&) = delete;
  ~ResultFile() {
    if (!name_.empty()) remove_temporary(name_);
  }

  int descriptor() const { return file_.get(); }

  Result<void> commit() {
    if (target_ == kStandardStream) return copy_to_stdout();
    if (name_.empty()) {
      name_ = (target_.parent_path() /
               (".face-privacy-" + std::to_string(::getpid()) + "-" + target_.filename().string()))
                  .string();
      const std::string link = "/proc/self/fd/" + std::to_string(file_.get());
      ::unlink(name_.c_str());
      if (::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, name_.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        name_.clear();
        return io_failure("the result cannot be written");
      }
      remember_temporary(name_);
    }
    if (auto renamed = rename_temporary(name_, target_); !renamed) return renamed;
    name_.clear();
    return {};
  }

 private:
  ResultFile(Descriptor file, fs::path target, std::string name)
      : file_(std::move(file)), target_(std::move(target)), name_(std::move(name)) {}

  Result<void> copy_to_stdout() {
    std::array<std::uint8_t, 1 << 16> block{};
    for (off_t at = 0;;) {
      const ssize_t count = ::pread(file_.get(), block.data(), block.size(), at);
      if (count < 0) return io_failure("the result cannot be read back");
      if (count == 0) return {};
      at += count;
      if (auto written = write_all(STDOUT_FILENO, ByteView(block).first(static_cast<std::size_t>(count)),
                                   "the result cannot be written");
          !written) {
        return written;
      }
    }
  }

  Descriptor file_;
  fs::path target_;
  std::string name_;  // while it is a hidden one
};

// A tracks file, and what it says.
struct ReadTracks {
  Bytes given;        // by the user, or
  HandedBytes found;  // by a worker
  TracksFile file{};

  ByteView text() const { return given.empty() ? found.view() : given; }
};

Result<ReadTracks> parsed(ReadTracks tracks) {
  const ByteView text = tracks.text();
  auto file = tracks_from_json({reinterpret_cast<const char*>(text.data()), text.size()});
  if (!file) return fail(file);
  tracks.file = std::move(*file);
  return tracks;
}

Result<ReadTracks> read_tracks(const std::string& path) {
  auto bytes = read_file(path, TracksFileLimits{}.max_bytes);
  if (!bytes) return fail(bytes.error().code, path + ": " + bytes.error().message);
  auto tracks = parsed({std::move(*bytes), {}});
  if (!tracks) return fail(tracks.error().code, path + ": " + tracks.error().message);
  return tracks;
}

json::object to_json(const ClipTimings& timings) {
  return {{"decode", rounded(timings.decode.count(), 2)}, {"shrink", rounded(timings.shrink.count(), 2)},
          {"detect", rounded(timings.detect.count(), 2)}, {"match", rounded(timings.match.count(), 2)},
          {"redact", rounded(timings.redact.count(), 2)}, {"encode", rounded(timings.encode.count(), 2)},
          {"write", rounded(timings.write.count(), 2)}};
}

// Where a face may show although a track says where it is: for a person to look at.
json::array uncertain_spans(const ClipTracks& clip) {
  const auto seconds = [&](int frame) {
    return rounded(static_cast<double>(clip.times[static_cast<std::size_t>(frame)].count()) / 1e6, 2);
  };
  json::array spans;
  for (const Track& track : clip.tracks) {
    for (const FrameSpan& span : track.uncertain) {
      spans.push_back({{"track", track.id},
                       {"frames", {span.first, span.last}},
                       {"seconds", {seconds(span.first), seconds(span.last)}}});
    }
  }
  return spans;
}

json::array matches_of(const ClipTracks& clip) {
  const auto or_null = [](std::string_view text) { return text.empty() ? json::value() : json::value(text); };
  json::array matches;
  for (const Track& track : clip.tracks) {
    if (!track.match) continue;
    const TrackMatch& match = *track.match;
    matches.push_back({{"track", track.id},
                       {"kept", track.keep},
                       {"person", or_null(match.person)},
                       {"verdict", name_of(match.verdict)},
                       {"score", match.score ? json::value(rounded(*match.score, 2)) : json::value()},
                       {"why", or_null(name_of(match.why))}});
  }
  return matches;
}

json::object to_json(const RenderSummary& rendered, const ClipTracks& clip) {
  return {{"clip",
           {{"width", rendered.shown.width},
            {"height", rendered.shown.height},
            {"frames", rendered.frames},
            {"seconds", rounded(rendered.seconds, 2)},
            {"container", name_of(rendered.source_container)},
            {"codec", rendered.source_codec}}},
          {"tracks", clip.tracks.size()},
          {"uncertain", uncertain_spans(clip)},
          {"matches", matches_of(clip)},
          {"covered_frames", rendered.covered_frames},
          {"damaged_frames", rendered.damaged_frames},
          {"regions", rendered.regions},
          {"output",
           {{"container", name_of(rendered.container)},
            {"codec", rendered.codec},
            {"encoder", rendered.encoder},
            {"copied", rendered.is_copied()},
            {"copied_frames", rendered.copied_frames}}},
          {"timings_ms", to_json(rendered.timings)}};
}

const char* word_of(ClipStage stage) {
  switch (stage) {
    case ClipStage::kAnalyze: return "looking";
    case ClipStage::kRender: return "rendering";
    case ClipStage::kCheck: return "checking";
  }
  return "";
}

ProgressReport progress_of(Progress& progress, const PhotoFile& clip) {
  return [&progress, name = printable(clip.input.filename().native())](const ClipProgress& at) {
    progress.frame_done(name, word_of(at.stage), at.frames, at.expected);
  };
}

struct FinishedClip {
  int input;  // descriptors
  int output;
  const RenderSummary& rendered;
  const TracksFile& tracks;
  bool tracks_were_given;
};

// By whose weights the faces of a clip were found; of tracks that were given nobody knows.
TracksOrigin origin_of(const FinishedClip& clip, const ModelInfo& model) {
  if (!clip.tracks_were_given) return clip.tracks.origin;
  TracksOrigin origin;
  origin.model_name = model.name;
  origin.model_sha256 = model.sha256;
  return origin;
}

// Tells in `redacted` what a look at the finished clip gave, and signs it.
Result<void> vouch_for(const FinishedClip& clip, const ClipOptions& options, const ClipSigning& signing,
                       RedactedClip& redacted) {
  const RenderSummary& rendered = clip.rendered;
  if (!rendered.checks) return fail(ErrorCode::kIo, "nobody looked at the finished clip");
  redacted.report["checks"] = to_json(*rendered.checks);
  const TracksOrigin origin = origin_of(clip, signing.model);
  auto issued = issue_receipt(
      ClipReceiptSubject{options, *rendered.checks, origin, rendered.second_model, rendered.recognizer,
                         clip.tracks_were_given, options.detect && !clip.tracks_were_given,
                         rendered.container, rendered.shown, rendered.covered_frames, rendered.damaged_frames,
                         clip.input, clip.output, FACE_PRIVACY_VERSION},
      *signing.key, std::chrono::system_clock::now());
  if (!issued) return fail(issued);
  redacted.receipt = std::move(*issued);
  return {};
}

}  // namespace

void add_detect_every_option(CLI::App& command, ClipArguments& arguments) {
  command
      .add_option("--detect-every", arguments.detect_every,
                  "Clips: look for faces in every so many frames; between them tracks are filled in")
      ->check(CLI::Range(1, 100))
      ->envname("FACE_PRIVACY_DETECT_EVERY")
      ->capture_default_str();
}

void add_clip_options(CLI::App& command, ClipArguments& arguments) {
  add_detect_every_option(command, arguments);
  command.add_option("--tracks", arguments.tracks,
                     "Clips: render by this tracks file (from detect, perhaps edited) and look for no faces");
  command
      .add_option("--audio", arguments.audio,
                  "Clips: keep or drop the sound, or mute: silence as long; a voice tells who speaks")
      ->check(CLI::IsMember({"keep", "drop", "mute"}))
      ->envname("FACE_PRIVACY_AUDIO")
      ->capture_default_str();
  command.add_option("--video-codec", arguments.video_codec, "Clips: keep, h264, hevc, av1 or vp9")
      ->check(CLI::IsMember({"keep", "h264", "hevc", "av1", "vp9"}))
      ->envname("FACE_PRIVACY_VIDEO_CODEC")
      ->capture_default_str();
  command
      .add_option("--subtitles", arguments.subtitles,
                  "Clips: keep or drop subtitles; those of drones hold places")
      ->check(CLI::IsMember({"keep", "drop"}))
      ->envname("FACE_PRIVACY_SUBTITLES")
      ->capture_default_str();
  command
      .add_flag(
          "--copy-untouched", arguments.copy_untouched,
          "Clips: of H.264 in MP4, MOV and MKV, copy groups of pictures in which nothing is covered bit for "
          "bit; where a clip does not allow it, it is encoded as a whole")
      ->envname("FACE_PRIVACY_COPY_UNTOUCHED");
}

ClipOptions clip_options(const ClipArguments& arguments, const CommonOptions& cover,
                         const std::vector<Person>& people, int threads) {
  ClipOptions options;
  static_cast<CommonOptions&>(options) = cover;
  options.detection.people = faces_of(people);
  for (const Person& person : people) options.names.push_back(person.name);
  options.detect_every = arguments.detect_every;
  options.audio = audio_mode_from_name(arguments.audio).value_or(AudioMode::kKeep);
  options.keep_subtitles = arguments.subtitles == "keep";
  options.codec = video_codec_from_name(arguments.video_codec);
  options.copy_untouched = arguments.copy_untouched;
  options.threads = threads;
  return options;
}

bool is_clip(ByteView file) {
  return sniff_clip(file.first(std::min<std::size_t>(file.size(), 512))).has_value();
}

bool is_clip(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return false;
  std::array<char, 512> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  return is_clip(
      ByteView(reinterpret_cast<const std::uint8_t*>(head.data()), static_cast<std::size_t>(file.gcount())));
}

fs::path clip_output_path(const PhotoFile& clip, const fs::path& output, bool output_is_folder) {
  if (!output.empty() && !output_is_folder) return output;
  fs::path name = output.empty() ? clip.input : output / clip.relative;
  if (clip.input == kStandardStream) name = output / "clip";
  if (output.empty())
    name.replace_filename(name.stem().string() + kRedactedSuffix + name.extension().string());
  return name;
}

ClipWorkers::Settings clip_worker_settings(const SharedOptions& options, const ChosenWeights& weights,
                                           int threads, std::optional<Recognizer::Settings> recognizer,
                                           bool signs) {
  ClipWorkers::Settings settings;
  settings.detector = weights.on_threads(threads);
  settings.weights = weights.held;
  settings.limits = {.memory_bytes = kClipMemory + static_cast<std::uint64_t>(threads) * kThreadMemory,
                     .cpu_seconds = kNoCpuLimit,
                     .file_bytes = kNoFileLimit};
  settings.spares = 0;  // there are few, and each takes long
  settings.recognizer = std::move(recognizer);
  if (signs) settings.second_detector = second_detector_settings(options);
  settings.niceness = 0;
  return settings;
}

namespace {

// What is to be covered in `clip`, found or given; `looking`: what that took.
Result<ReadTracks> tracks_of(int clip, const std::string& tracks_path, ClipWorkers& workers,
                             const ClipOptions& options, const ProgressReport& tell, ClipTimings& looking) {
  if (tracks_path.empty()) {
    auto found = workers.analyze(clip, options, {}, tell);
    if (!found) return fail(found);
    looking = found->summary.timings;
    return parsed({{}, std::move(found->tracks)});
  }
  if (options.names.empty()) return read_tracks(tracks_path);
  return fail(ErrorCode::kInvalidOption,
              "--tracks says already who stays visible; --keep-person goes with detect, or without --tracks");
}

}  // namespace

Result<RedactedClip> redact_clip(const PhotoFile& clip, ByteView standard_input, const fs::path& target,
                                 const std::string& tracks_path, ClipWorkers& workers, ClipOptions options,
                                 const ClipSigning& signing, Progress& progress) {
  auto input = open_clip(clip, standard_input);
  if (!input) return fail(input);
  const auto named = container_from_extension(target.extension().string());
  const auto of_input = container_from_extension(clip.input.extension().string());
  if (named && named != of_input) options.container = named;
  const ProgressReport tell = progress_of(progress, clip);
  ClipTimings looking;
  const auto tracks = tracks_of(input->get(), tracks_path, workers, options, tell, looking);
  if (!tracks) return fail(tracks);
  const ClipTracks& found = tracks->file.clip;
  auto result = ResultFile::create(target, access_of(clip.input));
  if (!result) return fail(result);
  const auto rendered = workers.render(input->get(), result->descriptor(), tracks->text(), options, {}, tell);
  if (!rendered) return fail(rendered);
  RedactedClip redacted{
      to_json(*rendered, found), static_cast<int>(found.tracks.size()), describe_kept(found), {}};
  redacted.report["timings_ms"].as_object()["analysis"] = to_json(looking);
  if (signing.key != nullptr) {
    const FinishedClip finished{input->get(), result->descriptor(), *rendered, tracks->file,
                                !tracks_path.empty()};
    if (auto vouched = vouch_for(finished, options, signing, redacted); !vouched) return fail(vouched);
  }
  if (auto committed = result->commit(); !committed) return fail(committed);
  return redacted;
}

Result<AnalyzedClip> detect_in_clip(const PhotoFile& clip, ByteView standard_input, ClipWorkers& workers,
                                    const ClipOptions& options, Progress& progress) {
  auto input = open_clip(clip, standard_input);
  if (!input) return fail(input);
  return workers.analyze(input->get(), options, {}, progress_of(progress, clip));
}

}  // namespace face_privacy
