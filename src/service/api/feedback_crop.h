// A crop that somebody gives along with a report, made fit to be kept.
#pragma once

#include "base/stop_condition.h"
#include "service/api/photo_options.h"
#include "service/api/photo_pipeline.h"

namespace face_privacy {

inline constexpr int kMaxCropSide = 320;  // px
inline constexpr std::size_t kMaxCropBytes = std::size_t{256} << 10;
inline constexpr std::size_t kMaxCrops = 8;  // of a report

// `crop` as a JPEG without metadata in which every face is redacted but the one at `box` (px of the crop).
// kInvalidFeedback for what is no picture of at most kMaxCropSide that shows the box, and what the workers
// say.
OrProblem<Bytes> redact_crop(const PhotoPipeline& pipeline, ByteView crop, const BoxF& box,
                             const StopCondition& stop);

}  // namespace face_privacy
