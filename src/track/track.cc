#include "track/track.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "track/box_math.h"
#include "track/finishing.h"
#include "track/linking.h"
#include "track/shot_cuts.h"

namespace face_privacy {
namespace {

tl::unexpected<Error> too_many_boxes(std::size_t limit) {
  return fail(ErrorCode::kTooManyFrames,
              "the clip shows more than " + std::to_string(limit) + " faces, all frames together");
}

}  // namespace

// Frames wait until the ones after them are known, to tell cuts.
struct Tracker::Impl {
  explicit Impl(const TrackOptions& given) : options(given), linker(options) {}

  TrackOptions options;
  Linker linker;
  ClipTracks clip;
  std::vector<float> changes;  // of all frames so far
  std::vector<Similarity> cameras;
  std::vector<std::vector<ScoredBox>> waiting;
  std::vector<bool> looked;
  int linked_frames = 0;

  void take(const FrameObservation& frame) {
    // A time that does not ascend would divide by nothing further on.
    const bool ascends = clip.times.empty() || frame.time > clip.times.back();
    clip.times.push_back(ascends ? frame.time : clip.times.back() + MediaTime(1));
    changes.push_back(std::isfinite(frame.luma_change) ? frame.luma_change : 0);
    const float zoom = frame.camera.scale();
    cameras.push_back(zoom > 0.1F && zoom < 10 ? frame.camera : Similarity{});
    looked.push_back(frame.faces.has_value());
    std::vector<ScoredBox>& boxes = waiting.emplace_back();
    if (!frame.faces) return;
    std::copy_if(frame.faces->begin(), frame.faces->end(), std::back_inserter(boxes),
                 [&](const ScoredBox& face) {
                   return face.score >= std::min(options.low_score, options.min_score) && has_place(face.box);
                 });
  }

  void link_until(int end) {
    for (; linked_frames < end; ++linked_frames) {
      if (is_cut(changes, static_cast<std::size_t>(linked_frames))) {
        clip.cuts.push_back(linked_frames);
        cameras[linked_frames] = {};
        linker.begin_shot();
      }
      linker.move(cameras[linked_frames]);
      if (looked[linked_frames]) {
        linker.add(linked_frames, clip.times[linked_frames], waiting.front());
      }
      waiting.erase(waiting.begin());
    }
  }
};

Tracker::Tracker(const TrackOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;
Tracker::~Tracker() = default;

Result<void> Tracker::add(const FrameObservation& frame) {
  impl_->take(frame);
  impl_->link_until(impl_->clip.frame_count() - kCutNeighbors);
  if (impl_->linker.sighting_count() > impl_->options.max_boxes) {
    return too_many_boxes(impl_->options.max_boxes);
  }
  return {};
}

ClipTracks Tracker::finish() && {
  Impl& impl = *impl_;
  impl.link_until(impl.clip.frame_count());
  Finisher finisher(impl.clip, impl.cameras, impl.options);
  std::vector<Track> tracks;
  for (Draft& draft : impl.linker.finish()) {
    tracks.push_back(finisher.track_of(draft));
    draft = {};  // its memory is the next tracks'
  }
  std::stable_sort(tracks.begin(), tracks.end(),
                   [](const Track& a, const Track& b) { return a.span.first < b.span.first; });
  for (std::size_t i = 0; i < tracks.size(); ++i) tracks[i].id = static_cast<int>(i) + 1;
  impl.clip.tracks = std::move(tracks);
  return std::move(impl.clip);
}

Result<ClipTracks> link_faces(std::span<const FrameObservation> frames, const TrackOptions& options) {
  Tracker tracker(options);
  for (const FrameObservation& frame : frames) {
    if (auto added = tracker.add(frame); !added) return fail(added);
  }
  return std::move(tracker).finish();
}

}  // namespace face_privacy
