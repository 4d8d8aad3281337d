// Whether the service still sees: a photo with known faces goes the way that the photos of others go.
#pragma once

#include "base/error.h"
#include "service/api/photo_pipeline.h"

namespace face_privacy {

// kModel where the faces of the built-in photo are not found in place; the pipeline's own error where it
// fails on it. Takes as long as a small photo in profile `fast`.
Result<void> check_sight(const PhotoPipeline& pipeline);

}  // namespace face_privacy
