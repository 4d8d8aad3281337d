#include "service/jobs/clip_work.h"

#include <utility>

namespace face_privacy {
namespace {

OwnedBytes owned(HandedBytes&& mapped) {
  const auto owner = std::make_shared<const HandedBytes>(std::move(mapped));
  return {owner->view(), owner};
}

tl::unexpected<Error> no_recognizer() {
  return fail(ErrorCode::kModel, "there is no recognizer to compare faces with");
}

}  // namespace

ClipWork make_clip_work(const std::shared_ptr<const ServingWorkers>& serving) {
  ClipWork work;
  work.analyze = [serving](int clip, const ClipOptions& options, const StopCondition& stop,
                           const ProgressReport& progress) -> Result<ClipWork::Analysis> {
    const auto set = serving->get();
    const bool compares = !options.detection.people.empty();
    if (compares && !set->people_in_clips) return no_recognizer();
    auto done = (compares ? *set->people_in_clips : *set->clips).analyze(clip, options, stop, progress);
    if (!done) return fail(done);
    return ClipWork::Analysis{std::move(done->summary), owned(std::move(done->tracks))};
  };
  work.render = [serving](int clip, int output, ByteView tracks, const ClipOptions& options,
                          const StopCondition& stop, const ProgressReport& progress) {
    const auto set = serving->get();
    // Before a receipt is signed covered faces are compared, where that can be.
    const bool compares = options.receipt != Receipt::kNone && set->people_in_clips;
    ClipWorkers& workers = compares ? *set->people_in_clips : *set->clips;
    return workers.render(clip, output, tracks, options, stop, progress);
  };
  work.check_tracks = [serving](ByteView edited, ByteView known, const StopCondition& stop) {
    return serving->get()->clips->check_tracks(edited, known, stop);
  };
  work.frame = [serving](int clip, ByteView tracks, const ClipFrameOptions& options,
                         const StopCondition& stop) -> Result<OwnedBytes> {
    auto done = serving->get()->clips->frame(clip, tracks, options, stop);
    if (!done) return fail(done);
    return owned(std::move(*done));
  };
  return work;
}

}  // namespace face_privacy
