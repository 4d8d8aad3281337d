#pragma once

#include <functional>
#include <memory>

#include "pipeline/pipeline.h"

namespace face_privacy {

// What the service needs of the pipeline. Called from several threads at a time.
struct PhotoPipeline {
  std::function<Result<BlurredPhoto>(ByteView file, const BlurOptions&, const StopCondition&)> blur;
  std::function<Result<DetectReport>(ByteView file, const DetectOptions&, const StopCondition&)> detect;
  // The same for the photo that the program brings along, to which no limit of strangers' photos applies.
  std::function<Result<DetectReport>(ByteView file, const DetectOptions&)> detect_built_in;
  ModelInfo model;
  std::function<float(Profile)> default_min_score;
};

// The real one. At most `working_pixels` are decoded at one time, or a single larger photo.
PhotoPipeline make_photo_pipeline(const std::shared_ptr<const Detector>& detector, const Limits& limits,
                                  std::uint64_t working_pixels);

}  // namespace face_privacy
