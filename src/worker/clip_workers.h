// Clips in workers: what clip_pipeline.h does, but in processes that may die, with limits of their own.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "worker/clip_messages.h"
#include "worker/weights_in_memory.h"
#include "worker/worker_pool.h"

namespace face_privacy {

// The numbers of these jobs; those of photos are smaller.
enum class ClipJobKind : std::uint8_t { kAnalyze = 16, kRender, kCheckTracks, kFrame };

struct AnalyzedClip {
  ClipSummary summary;
  HandedBytes tracks;  // a tracks file
};

// The pool's side. Thread-safe.
class ClipWorkers {
 public:
  // Ten steps in the system's order: photos get nine tenths of a core that both want.
  static constexpr int kBehindPhotos = 10;

  struct Settings {
    Detector::Settings detector;
    WorkerLimits limits;
    int spares = 1;
    std::shared_ptr<const WeightsInMemory> weights{};        // what `detector` names, where it is no file
    std::optional<Recognizer::Settings> recognizer{};        // none: faces are not compared with people
    std::optional<Detector::Settings> second_detector = {};  // as of PhotoWorkerSettings
    int niceness = kBehindPhotos;
  };
  // The host is started with the first clip: a service without clips does not pay for one.
  explicit ClipWorkers(Settings settings) : settings_(std::move(settings)) {}

  // Before the first clip; WorkerPool::observe.
  void observe(std::function<void(const WorkerEvent&)> on_end) { on_end_ = std::move(on_end); }

  // Errors are those of the pipeline, and what WorkerPool::run adds. Descriptors stay the caller's.
  Result<AnalyzedClip> analyze(int clip, const ClipOptions& options, const StopCondition& stop,
                               const ProgressReport& progress);
  // What `output` held is overwritten.
  Result<RenderSummary> render(int clip, int output, ByteView tracks, const ClipOptions& options,
                               const StopCondition& stop, const ProgressReport& progress);
  // Whether `edited` is a tracks file of the clip that `known` is of: kInvalidOption, kTooManyFrames.
  Result<TracksSummary> check_tracks(ByteView edited, ByteView known, const StopCondition& stop);
  Result<HandedBytes> frame(int clip, ByteView tracks, const ClipFrameOptions& options,
                            const StopCondition& stop);

 private:
  Result<JobResult> run(ClipJobKind kind, JobRequest request, const StopCondition& stop,
                        const ProgressReport& progress = {});
  Result<WorkerPool*> pool();

  const Settings settings_;
  std::function<void(const WorkerEvent&)> on_end_;
  std::mutex mutex_;
  std::unique_ptr<WorkerPool> pool_;
};

}  // namespace face_privacy
