#include "service/jobs/clip_work.h"

#include <utility>

namespace face_privacy {
namespace {

OwnedBytes owned(MappedBytes&& mapped) {
  const auto owner = std::make_shared<const MappedBytes>(std::move(mapped));
  return {owner->view(), owner};
}

}  // namespace

ClipWork make_clip_work(const std::shared_ptr<ClipWorkers>& workers) {
  ClipWork work;
  work.analyze = [workers](int clip, const ClipOptions& options, const StopCondition& stop,
                           const ProgressReport& progress) -> Result<ClipWork::Analysis> {
    auto done = workers->analyze(clip, options, stop, progress);
    if (!done) return fail(done);
    return ClipWork::Analysis{std::move(done->summary), owned(std::move(done->tracks))};
  };
  work.render = [workers](int clip, int output, ByteView tracks, const ClipOptions& options,
                          const StopCondition& stop, const ProgressReport& progress) {
    return workers->render(clip, output, tracks, options, stop, progress);
  };
  work.check_tracks = [workers](ByteView edited, ByteView known, const StopCondition& stop) {
    return workers->check_tracks(edited, known, stop);
  };
  work.frame = [workers](int clip, ByteView tracks, const ClipFrameOptions& options,
                         const StopCondition& stop) -> Result<OwnedBytes> {
    auto done = workers->frame(clip, tracks, options, stop);
    if (!done) return fail(done);
    return owned(std::move(*done));
  };
  return work;
}

}  // namespace face_privacy
