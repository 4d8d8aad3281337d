// A JPEG whose faces are redacted in place: only the blocks that a region touches are decoded and
// written again, everything else is copied (codec/jpeg_surgery.h).
#pragma once

#include <optional>

#include "pipeline/pipeline.h"

namespace face_privacy {

// Nothing where the general path must do it: the file or the options are not for this one. What
// comes out is what the general path would make, but for the generation loss outside the regions.
std::optional<Result<BlurredPhoto>> redact_jpeg_in_place(ByteView file, const Detector& detector,
                                                         const BlurOptions& options, const Limits& limits,
                                                         const StopCondition& stop);

// The same for detection alone, which needs no more than a small picture.
std::optional<Result<DetectReport>> detect_in_jpeg(ByteView file, const Detector& detector,
                                                   const DetectOptions& options, const Limits& limits,
                                                   const StopCondition& stop);

}  // namespace face_privacy
