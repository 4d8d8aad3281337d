// `eval --video`: how well the faces of labelled clips are covered, frame by frame and person by person.
#pragma once

#include <string>

#include "cli/registry_options.h"
#include "cli/shared_options.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace face_privacy {

struct VideoEvalOptions {
  std::string clips;  // a clip, or a folder of clips with their truth beside them; empty: photos
  std::string cover;  // what another program covered; empty: look at the clip
  int every = 2;
  bool frame_by_frame = false;
};

// `images` is the option for photos, which excludes these.
void add_video_eval_options(CLI::App& command, VideoEvalOptions& options, CLI::Option* images);

// `truth` is of a single clip; empty: STEM.truth.jsonl beside STEM.mp4. Returns the exit status.
int evaluate_clips(const SharedOptions& shared, const RegistryOptions& registry,
                   const VideoEvalOptions& options, const std::string& truth, bool as_json);

}  // namespace face_privacy
