// A look at a finished clip, beside the one that it was made from, before anybody vouches for it.
#pragma once

#include <cstdint>
#include <vector>

#include "pipeline/clip_pipeline.h"
#include "pipeline/output_checks.h"

namespace face_privacy {

// Of a clip, or what took one for another: whom its tracks follow.
struct TrackCounts {
  std::int64_t found = 0;              // by the detector
  std::int64_t kept_by_hand = 0;       // of all, those that stay visible, if only in some frames
  std::int64_t kept_by_reference = 0;  // and those that do because of whom they look like
  std::int64_t drawn = 0;              // by a person alone
};

struct ClipChecks {
  static constexpr std::size_t kMaxToReview = 1000;

  TrackCounts tracks;
  std::int64_t frames = 0;     // all of the clip's; in each of them its places were looked at
  std::int64_t places = 0;     // of all frames: regions, and boxes of tracks that are not kept
  std::int64_t showing = 0;    // of them, those that still show the original
  std::int64_t looked_at = 0;  // frames of the finished clip that were searched for faces
  // What such a mirrored look takes for faces, outside of regions and kept tracks; the first kMaxToReview.
  std::vector<PlaceToReview> to_review;
  // Of the frames that were looked at; where there is a recognizer.
  std::optional<LikenessCheck> likeness;
};

// Decodes both clips. `output` is what render_clip made of `original` by `tracks` and `options`.
// kDamagedPhoto where it has other frames than the original, or cannot be read.
Result<ClipChecks> check_clip(int original, int output, const ClipTracks& tracks, const ClipOptions& options,
                              const Checkers& checkers, const ClipLimits& limits, const StopCondition& stop,
                              const ProgressReport& progress);

}  // namespace face_privacy
