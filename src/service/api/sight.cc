#include "service/api/sight.h"

#include "detect/canary.h"
#include "service/api/embedded.h"

namespace face_privacy {

Result<void> check_sight(const PhotoPipeline& pipeline) {
  const auto report = pipeline.detect_built_in(embedded_warm_up_photo(), {Profile::kFast, {}});
  if (!report) return fail(report);
  if (report->faces.size() != 1) return fail(ErrorCode::kModel, "the built-in photo has one picture");
  return check_canary(report->faces.front(), pipeline.model().layout);
}

}  // namespace face_privacy
