#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "pipeline/pipeline.h"
#include "service/http/http_message.h"
#include "worker/people_workers.h"
#include "worker/photo_workers.h"

namespace face_privacy {

struct RedactedFile {
  Body file;
  BlurReport report;
};

// What the service needs of the pipeline. Called from several threads at a time.
struct PhotoPipeline {
  std::function<Result<RedactedFile>(ByteView file, const BlurOptions&, const StopCondition&)> blur;
  std::function<Result<DetectReport>(ByteView file, const DetectOptions&, const StopCondition&)> detect;
  // The same for the photo that the program brings along, to which no limit of strangers' photos applies.
  std::function<Result<DetectReport>(ByteView file, const DetectOptions&)> detect_built_in;
  // One look for each photo. kModel where there is no recogniser.
  std::function<Result<std::vector<ReferenceLook>>(std::span<const ByteView> photos, const StopCondition&)>
      look_at_references;
  bool compares_people = false;  // there is a recogniser
  ModelInfo model;
  std::function<float(Profile)> default_min_score;
};

// The real one: each photo is worked on in a process of its own.
// `people` are asked where a photo is compared with people, and not started before; null: there is no
// recogniser.
PhotoPipeline make_photo_pipeline(const std::shared_ptr<const PhotoWorkers>& workers,
                                  const std::shared_ptr<PeopleWorkers>& people);

}  // namespace face_privacy
