// Photos in workers: what pipeline.h does, but in processes that may die.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "pipeline/people.h"
#include "pipeline/pipeline.h"
#include "worker/photo_messages.h"
#include "worker/weights_in_memory.h"
#include "worker/worker_host.h"
#include "worker/worker_pool.h"

namespace face_privacy {

// The numbers of this program's jobs.
enum class JobKind : std::uint8_t {
  kRedact = 1,
  kDetect = 2,
  kDetectBuiltIn = 3,
  kReferences = 4,
  kGroup = 5
};

// The host's side, for run_worker_host.
Result<WorkerProgram> prepare_photo_workers(ByteView settings);

struct WorkedPhoto {
  HandedBytes file;
  PhotoReport report;
};

// The pool's side. Thread-safe.
class PhotoWorkers {
 public:
  struct Settings {
    PhotoWorkerSettings photos;
    WorkerLimits limits;
    int spares = 1;
    // Asked with the memory that a photo will take (pipeline/working_memory.h) before it is decoded; may be
    // empty.
    std::function<Result<std::shared_ptr<void>>(std::uint64_t bytes, const StopCondition&)> enter{};
    std::shared_ptr<const WeightsInMemory> weights{};  // what `photos.detector` names, where it is no file
  };

  // kModel, kIo.
  static Result<PhotoWorkers> start(Settings settings);

  // WorkerPool::observe.
  void observe(std::function<void(const WorkerEvent&)> on_end) { pool_->observe(std::move(on_end)); }

  // As redact_photo and detect_photo, and what WorkerPool::run adds.
  Result<WorkedPhoto> redact(ByteView file, const PhotoOptions& options,
                             const StopCondition& stop = {}) const;
  Result<DetectReport> detect(ByteView file, const DetectOptions& options,
                              const StopCondition& stop = {}) const;
  // For a photo that the program brings along: the limits of strangers' photos do not apply.
  Result<DetectReport> detect_built_in(ByteView file, const DetectOptions& options) const;

  // Looks at photos as references; one look for each. Needs PhotoWorkerSettings::recognizer.
  Result<std::vector<ReferenceLook>> look_at_references(std::span<const ByteView> photos,
                                                        const StopCondition& stop = {}) const;

  // As group_pictures. Needs PhotoWorkerSettings::recognizer.
  Result<GroupedPictures> group(std::span<const FacePicture> pictures, const SaidPairs& said,
                                const StopCondition& stop = {}) const;

  const ModelInfo& model() const { return greeting_.model; }
  const std::optional<RecognizerInfo>& recognizer() const { return greeting_.recognizer; }
  const std::optional<ModelInfo>& second_model() const { return greeting_.second_model; }
  float default_min_score(Profile profile) const {
    return greeting_.default_min_scores[static_cast<std::size_t>(profile)];
  }

 private:
  PhotoWorkers(std::unique_ptr<WorkerPool> pool, PhotoWorkerGreeting greeting, Settings settings);
  Result<DetectReport> detect_as(JobKind kind, ByteView file, const DetectOptions& options,
                                 const StopCondition& stop) const;
  JobRequest request(JobKind kind, Bytes options, ByteView file, const StopCondition& stop) const;

  std::unique_ptr<WorkerPool> pool_;
  PhotoWorkerGreeting greeting_;
  decltype(Settings::enter) enter_;
  std::shared_ptr<const WeightsInMemory> weights_;  // for a host that is started again
};

}  // namespace face_privacy
