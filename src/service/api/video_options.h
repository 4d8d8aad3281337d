// From the options of a request about a clip, as they were written, to those of the pipeline.
#pragma once

#include <span>

#include "pipeline/clip_frame.h"
#include "service/api/photo_options.h"

namespace face_privacy {

struct VideoOptions {
  ClipOptions clip;
  bool render = true;  // else the job stops after the analysis
};

// As parse_photo_options; those that mean nothing for a clip are unknown.
OrProblem<VideoOptions> parse_video_options(std::span<const OptionField> fields,
                                            const DetectOptions& defaults);

// Those of a further rendering: what was asked for takes the place of what `options` has.
OrProblem<ClipOptions> parse_render_options(std::span<const OptionField> fields, const ClipOptions& options);

// Of a frame to look at: `original` and `size`. The frame's number is set.
OrProblem<ClipFrameOptions> parse_frame_options(std::span<const OptionField> fields, int frame);

}  // namespace face_privacy
