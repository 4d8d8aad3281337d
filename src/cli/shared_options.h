// The options that several commands share, and what follows from them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "detect/detector.h"
#include "pipeline/pipeline.h"
#include "worker/photo_workers.h"

namespace CLI {
class App;
}

namespace face_privacy {

struct SharedOptions {
  std::string profile = "balanced";
  std::optional<float> min_score;
  std::string projection = "auto";
  std::string weights = "research";  // which of the program's own, by its name
  std::string model;                 // empty: those
  int threads = 0;                   // 0: as many as there are cores
  std::string engine = "auto";
  std::string second_model;  // empty: there is none

  DetectOptions detection() const;
};

// `threads_meaning` ends the help text of --threads.
void add_shared_options(CLI::App& command, SharedOptions& options, const std::string& threads_meaning);

// Of add_shared_options.
void add_weights_options(CLI::App& command, SharedOptions& options);
void add_engine_option(CLI::App& command, SharedOptions& options);

// --second-model, of what signs receipts.
void add_second_model_option(CLI::App& command, SharedOptions& options);
// Of these weights; nothing where none are named.
std::optional<Detector::Settings> second_detector_settings(const SharedOptions& options);

int resolved_threads(const SharedOptions& options);

// Of the weights at --model, or of the set beside the program that --weights names; of that, too, where
// --model names a registry's, for a service to begin with.
Detector::Settings detector_settings(const SharedOptions& options, int threads_per_run);
Result<Detector> load_detector(const Detector::Settings& settings);

// Where processes load the detector from: a file, or weights of a registry, which are there while this lives.
// registry_options.h chooses them.
struct ChosenWeights {
  Detector::Settings detector;                  // on one thread
  std::shared_ptr<const WeightsInMemory> held;  // null: a file

  Detector::Settings on_threads(int threads) const;
};

// What is to be done with how many photos.
struct PhotoDemand {
  int threads = 1;          // photos at a time
  int photos = 1;           // in all
  bool detects = true;      // false: nobody looks for a face in any of them
  bool stays_jpeg = false;  // as far as names tell: libraries of other formats come when they are needed
  std::optional<Recognizer::Settings> recognizer = {};  // tells people apart
  bool signs = false;                                   // there will be receipts
};
Result<PhotoWorkers> start_photo_workers(const SharedOptions& options, const ChosenWeights& weights,
                                         PhotoDemand demand);

// <folder of the program>/../share/face-privacy, or the installed place.
std::string share_folder();

// "x,y,w,h" in pixels.
std::optional<BoxF> box_from_text(const std::string& text);
// The same, and what the region has of its own behind it: "x,y,w,h,style=fill,shape=box,margin=0".
std::optional<RequestedRegion> region_from_text(const std::string& text);

// "face-privacy: WHAT: message" on stderr.
void print_error(const std::string& what, const std::string& message);
// The same, and the status to exit with: kExitUsage for what the caller can say otherwise.
int report_error(const Error& error, const std::string& what = {});

}  // namespace face_privacy
