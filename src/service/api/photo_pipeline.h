#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/people.h"
#include "pipeline/pipeline.h"
#include "service/http/http_message.h"
#include "worker/serving_workers.h"

namespace face_privacy {

struct RedactedFile {
  Body file;
  PhotoReport report;
  ModelInfo model;  // that looked for the faces
  // What looked at the finished file, where a receipt was asked for: as of ReceiptSubject.
  std::optional<RecognizerInfo> recognizer = {};
  std::optional<ModelInfo> second_model = {};
};

struct DetectedFaces {
  DetectReport report;
  ModelInfo model;
};

// What the service needs of the pipeline. Called from several threads at a time.
struct PhotoPipeline {
  std::function<Result<RedactedFile>(ByteView file, const PhotoOptions&, const StopCondition&)> redact;
  std::function<Result<DetectedFaces>(ByteView file, const DetectOptions&, const StopCondition&)> detect;
  // Its report for the photo that the program brings along, to which no limit of strangers' photos applies.
  std::function<Result<DetectReport>(ByteView file, const DetectOptions&)> detect_built_in;
  // One look for each photo. kModel where there is no recognizer.
  std::function<Result<std::vector<ReferenceLook>>(std::span<const ByteView> photos, const StopCondition&)>
      look_at_references;
  // kModel where there is no recognizer.
  std::function<Result<GroupedPictures>(std::span<const FacePicture>, const SaidPairs&, const StopCondition&)>
      group;
  bool compares_people = false;      // there is a recognizer
  std::function<ModelInfo()> model;  // that the next photo is looked at with
  std::function<float(Profile)> default_min_score;
};

// The real one: each photo is worked on in a process of its own, of the set that serves when the call comes.
// Those who compare with people are not started before somebody asks for it.
PhotoPipeline make_photo_pipeline(const std::shared_ptr<const ServingWorkers>& serving);

}  // namespace face_privacy
