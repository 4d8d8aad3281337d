// What happens in a worker to a clip.
#pragma once

#include "detect/detector.h"
#include "embed/recognizer.h"
#include "worker/job.h"

namespace face_privacy {

// Whether a job's kind has to do with clips.
bool is_clip_job(std::uint8_t kind);

// Reads the clip from the job's input, and where the kind has a result writes it to the job's output.
// `recognizer` null: there is none. `other`: of the second look, where it is not by `detector`.
Result<JobAnswer> answer_clip_job(const Job& job, const Detector& detector, const Recognizer* recognizer,
                                  const Detector* other);

}  // namespace face_privacy
