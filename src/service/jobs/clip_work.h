// The work on clips, as the service asks for it.
#pragma once

#include <functional>
#include <memory>

#include "base/stop_condition.h"
#include "worker/serving_workers.h"

namespace face_privacy {

struct OwnedBytes {
  ByteView view;
  std::shared_ptr<const void> owner;  // as long as it lives, so do the bytes
};

// As of ClipWorkers. Called from several threads at a time.
struct ClipWork {
  struct Analysis {
    ClipSummary summary;
    OwnedBytes tracks;
  };
  std::function<Result<Analysis>(int clip, const ClipOptions&, const StopCondition&, const ProgressReport&)>
      analyze;
  std::function<Result<RenderSummary>(int clip, int output, ByteView tracks, const ClipOptions&,
                                      const StopCondition&, const ProgressReport&)>
      render;
  std::function<Result<TracksSummary>(ByteView edited, ByteView known, const StopCondition&)> check_tracks;
  std::function<Result<OwnedBytes>(int clip, ByteView tracks, const ClipFrameOptions&, const StopCondition&)>
      frame;
};

// The real one: each call is worked on in a process of its own, of the set that serves when it comes.
ClipWork make_clip_work(const std::shared_ptr<const ServingWorkers>& serving);

}  // namespace face_privacy
