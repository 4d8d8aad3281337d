// One frame of a clip as a small picture, for a person to look at before the clip is rendered.
#pragma once

#include "pipeline/clip_pipeline.h"

namespace face_privacy {

struct ClipFrameOptions {
  int frame = 0;              // from 0, as tracks count
  int long_side_px = 960;     // at most
  bool redacted = true;       // false: as it was taken
  std::vector<BoxF> keep{};   // as of ClipOptions
  RedactOptions redaction{};  // likewise
  std::vector<RequestedRegion> regions{};
};

// A JPEG, upright and in square pixels. `tracks` must be of this clip. kInvalidOption where it has no such
// frame. Decodes from the key frame before it, or from the start where the file cannot be sought in.
Result<Bytes> clip_frame_to_jpeg(int descriptor, const ClipTracks& tracks, const ClipFrameOptions& options,
                                 const ClipLimits& limits, const StopCondition& stop);

}  // namespace face_privacy
