// Clips on the command line: what blur and detect do with one.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/photo_files.h"
#include "cli/progress.h"
#include "cli/shared_options.h"
#include "match/references.h"
#include "pipeline/clip_pipeline.h"
#include "report/receipts.h"
#include "worker/clip_workers.h"

namespace CLI {
class App;
}

namespace face_privacy {

struct ClipArguments {
  std::string tracks;  // a file to render by; empty: looked for
  std::string audio = "keep";
  std::string video_codec = "keep";
  std::string subtitles = "drop";
  bool copy_untouched = false;
  int detect_every = ClipOptions{}.detect_every;
};

void add_detect_every_option(CLI::App& command, ClipArguments& arguments);
void add_clip_options(CLI::App& command, ClipArguments& arguments);

ClipOptions clip_options(const ClipArguments& arguments, const CommonOptions& cover,
                         const std::vector<Person>& people, int threads);

// By its first bytes; not "-".
bool is_clip(const std::filesystem::path& path);
bool is_clip(ByteView file);

// Where the redacted clip goes; an extension of another container than the source's asks for that one.
std::filesystem::path clip_output_path(const PhotoFile& clip, const std::filesystem::path& output,
                                       bool output_is_folder);

struct RedactedClip {
  boost::json::object report;
  int tracks = 0;
  std::string kept{};       // who, and how sure
  IssuedReceipt receipt{};  // empty where none was asked for
};

// How clips are worked on, with `threads` each. `recognizer` none: nobody is looked for. `signs`: there will
// be receipts.
ClipWorkers::Settings clip_worker_settings(const SharedOptions& options, const ChosenWeights& weights,
                                           int threads, std::optional<Recognizer::Settings> recognizer,
                                           bool signs);

// How a receipt comes about.
struct ClipSigning {
  const SigningKey* key = nullptr;  // null: none is wanted
  ModelInfo model{};                // that clips are looked at with
};

// Redacts `clip` ("-": `standard_input`) and writes `target` ("-": standard output), whole or not at all.
// A target that is no plain file is kIo: most containers are written back and forth.
Result<RedactedClip> redact_clip(const PhotoFile& clip, ByteView standard_input,
                                 const std::filesystem::path& target, const std::string& tracks_path,
                                 ClipWorkers& workers, ClipOptions options, const ClipSigning& signing,
                                 Progress& progress);

Result<AnalyzedClip> detect_in_clip(const PhotoFile& clip, ByteView standard_input, ClipWorkers& workers,
                                    const ClipOptions& options, Progress& progress);

}  // namespace face_privacy
