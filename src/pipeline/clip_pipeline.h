// The way of a clip: looked at once from end to end, then rendered, because a face must be covered before it
// is first found, too. Between the two stand tracks, which a person may edit.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/stop_condition.h"
#include "media/clip.h"
#include "pipeline/pipeline.h"
#include "track/track.h"

namespace face_privacy {

struct ClipOptions : CommonOptions {
  int detect_every = 2;            // the detector looks at every so manieth frame
  std::vector<std::string> names;  // of `detection.people`, one each: tracks tell them
  AudioMode audio = AudioMode::kKeep;
  bool keep_subtitles = false;
  std::optional<VideoCodec> codec;     // none: the source's where it can be written
  std::optional<Container> container;  // none: the source's
  // Groups of H.264 pictures that nothing is to be covered in are copied bit for bit, where the clip allows
  // it.
  bool copy_untouched = false;
  int threads = 1;  // 1, or more for two stages side by side
  // Now and then `fast` looks as `balanced` does; false: to measure single frames with.
  bool looks_closely = true;
  // Told of each frame, in order, what the detector found in it before boxes are linked; to measure with.
  std::function<void(const FrameObservation&)> findings;
};

// kInvalidOption.
Result<void> validate(const ClipOptions& options);

enum class ClipStage : std::uint8_t { kAnalyze, kRender, kCheck };

struct ClipProgress {
  ClipStage stage{};
  std::int64_t frames = 0;    // done in this stage
  std::int64_t expected = 0;  // 0: not known
};
// Called from one thread, for each frame.
using ProgressReport = std::function<void(const ClipProgress&)>;

// Processor time of the threads that call the stages; what a library does in threads of its own is not in it.
struct ClipTimings {
  Milliseconds decode{};
  Milliseconds shrink{};
  Milliseconds detect{};
  Milliseconds match{};  // comparing faces with people
  Milliseconds redact{};
  Milliseconds encode{};
  Milliseconds write{};
};

struct ClipAnalysis {
  ClipInfo info;
  ClipTracks tracks;
  std::int64_t looked_at = 0;       // frames that the detector saw
  std::int64_t damaged_frames = 0;  // decoded with errors
  ClipTimings timings;
};

struct ClipReport {
  ClipInfo info;
  Container container{};
  std::string codec;    // as written
  std::string encoder;  // empty: copied
  std::int64_t frames = 0;
  std::int64_t copied_frames = 0;   // the source's, bit for bit
  std::int64_t covered_frames = 0;  // with a region
  std::int64_t regions = 0;         // all frames together
  std::int64_t damaged_frames = 0;  // covered whole
  ClipTimings timings;

  bool is_copied() const { return copied_frames == frames; }
};

// The descriptor must allow seeking and stays the caller's. The detector may be null where nothing is to be
// looked for. `recognizer` is needed where options name people; kModel where it is missing.
Result<ClipAnalysis> analyze_clip(int descriptor, const Detector* detector, const ClipOptions& options,
                                  const ClipLimits& limits, const StopCondition& stop,
                                  const ProgressReport& progress, const Recognizer* recognizer = nullptr);

// Writes the redacted clip to `output`, an empty file open for reading and writing. `tracks` must be of this
// clip: kInvalidOption where frames or times differ. On an error what is in `output` is of no use and must be
// thrown away.
Result<ClipReport> render_clip(int descriptor, int output, const ClipTracks& tracks,
                               const ClipOptions& options, const ClipLimits& limits,
                               const StopCondition& stop, const ProgressReport& progress);

}  // namespace face_privacy
