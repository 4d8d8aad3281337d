#include "worker/clip_workers.h"

#include <utility>

namespace face_privacy {
namespace {

Bytes copied(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

Result<WorkerPool*> ClipWorkers::pool() {
  const std::lock_guard lock(mutex_);
  if (pool_) return pool_.get();
  PhotoWorkerSettings program;
  program.detector = settings_.detector;
  program.libraries = Libraries::kClips;
  program.niceness = settings_.niceness;
  program.recognizer = settings_.recognizer;
  program.second_detector = settings_.second_detector;
  WorkerPool::Settings settings;
  WorkerLimits limits = settings_.limits;
  limits.opening_fails = true;  // encoders look for the number of cores, readers of text for its tables
  settings.host = {limits, static_cast<std::uint32_t>(settings_.spares), to_wire(program)};
  auto started = WorkerPool::start(std::move(settings));
  if (!started) return fail(started);
  pool_ = std::move(*started);
  pool_->observe(on_end_);
  return pool_.get();
}

Result<JobResult> ClipWorkers::run(ClipJobKind kind, JobRequest request, const StopCondition& stop,
                                   const ProgressReport& progress) {
  auto workers = pool();
  if (!workers) return fail(workers);
  request.kind = static_cast<std::uint8_t>(kind);
  if (progress) {
    request.on_progress = [&progress](ByteView message) {
      if (const auto at = from_wire<ClipProgress>(message)) progress(*at);
    };
  }
  return (*workers)->run(request, stop);
}

Result<AnalyzedClip> ClipWorkers::analyze(int clip, const ClipOptions& options, const StopCondition& stop,
                                          const ProgressReport& progress) {
  JobRequest request;
  request.options = to_wire(options);
  request.input_descriptor = clip;
  auto done = run(ClipJobKind::kAnalyze, std::move(request), stop, progress);
  if (!done) return fail(done);
  auto summary = from_wire<ClipSummary>(done->report);
  if (!summary || done->file.view().empty()) return fail_as_crashed();
  return AnalyzedClip{std::move(*summary), std::move(done->file)};
}

Result<RenderSummary> ClipWorkers::render(int clip, int output, ByteView tracks, const ClipOptions& options,
                                          const StopCondition& stop, const ProgressReport& progress) {
  JobRequest request;
  request.options = to_wire(RenderRequest{options, copied(tracks)});
  request.input_descriptor = clip;
  request.output = output;
  const auto done = run(ClipJobKind::kRender, std::move(request), stop, progress);
  if (!done) return fail(done);
  auto summary = from_wire<RenderSummary>(done->report);
  if (!summary) return fail_as_crashed();
  return std::move(*summary);
}

Result<TracksSummary> ClipWorkers::check_tracks(ByteView edited, ByteView known, const StopCondition& stop) {
  JobRequest request;
  request.options = copied(known);
  request.input = edited;
  const auto done = run(ClipJobKind::kCheckTracks, std::move(request), stop);
  if (!done) return fail(done);
  auto summary = from_wire<TracksSummary>(done->report);
  if (!summary) return fail_as_crashed();
  return std::move(*summary);
}

Result<HandedBytes> ClipWorkers::frame(int clip, ByteView tracks, const ClipFrameOptions& options,
                                       const StopCondition& stop) {
  JobRequest request;
  request.options = to_wire(ClipFrameRequest{options, copied(tracks)});
  request.input_descriptor = clip;
  auto done = run(ClipJobKind::kFrame, std::move(request), stop);
  if (!done) return fail(done);
  if (done->file.view().empty()) return fail_as_crashed();
  return std::move(done->file);
}

}  // namespace face_privacy
