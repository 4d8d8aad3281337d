#include "service/api/photo_pipeline.h"

#include <utility>

namespace face_privacy {

PhotoPipeline make_photo_pipeline(const std::shared_ptr<const PhotoWorkers>& workers) {
  PhotoPipeline pipeline;
  pipeline.blur = [workers](ByteView file, const BlurOptions& options,
                            const StopCondition& stop) -> Result<RedactedFile> {
    auto worked = workers->blur(file, options, stop);
    if (!worked) return fail(worked);
    const auto owner = std::make_shared<const MappedBytes>(std::move(worked->file));
    return RedactedFile{Body(owner->view(), owner), std::move(worked->report)};
  };
  pipeline.detect = [workers](ByteView file, const DetectOptions& options, const StopCondition& stop) {
    return workers->detect(file, options, stop);
  };
  pipeline.detect_built_in = [workers](ByteView file, const DetectOptions& options) {
    return workers->detect_built_in(file, options);
  };
  pipeline.model = workers->model();
  pipeline.default_min_score = [workers](Profile profile) { return workers->default_min_score(profile); };
  return pipeline;
}

}  // namespace face_privacy
