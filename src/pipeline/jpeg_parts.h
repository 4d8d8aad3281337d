// Redaction of those parts of a JPEG that regions touch, plane by plane.
#pragma once

#include <span>
#include <vector>

#include "base/stop_condition.h"
#include "codec/jpeg/in_place/editor.h"
#include "redact/redact.h"

namespace face_privacy {

// Regions of the upright picture, in the pixels that the editor knows.
std::vector<Region> as_stored(std::span<const Region> upright, const JpegSurgery& surgery);

// What JpegSurgery::write takes. `regions` are all of the picture's, as stored. Fails only where
// `stop` says so.
Result<std::vector<JpegInsert>> redact_parts(const JpegSurgery& surgery, std::span<const Region> regions,
                                             const RedactOptions& options, const StopCondition& stop);

}  // namespace face_privacy
