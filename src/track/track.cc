#include "track/track.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "track/box_math.h"
#include "track/linking.h"
#include "track/shot_cuts.h"

namespace face_privacy {
namespace {

constexpr MediaTime kMotionTime = std::chrono::milliseconds(100);    // that motion is measured over
constexpr MediaTime kMotionGoesOn = std::chrono::milliseconds(150);  // beyond the last box
constexpr int kLeastLoneFrames = 2;                                  // on each side
constexpr MediaTime kLongGap = std::chrono::milliseconds(300);       // a face may do much in it

tl::unexpected<Error> too_many_boxes(std::size_t limit) {
  return fail(ErrorCode::kTooManyFrames,
              "the clip shows more than " + std::to_string(limit) + " faces, all frames together");
}

// Turns drafts into tracks once all frames' times and cuts are known.
class Finisher {
 public:
  Finisher(const ClipTracks& clip, const TrackOptions& options) : clip_(clip), options_(options) {}

  Track track_of(const Draft& draft) const {
    Track track;
    track.span = span_of(draft);
    track.best_score = draft.best_score;
    track.keys.reserve(draft.sightings.size());
    for (const Sighting& sighting : draft.sightings) {
      track.keys.push_back({sighting.frame, sighting.found.box, sighting.found.score});
    }
    track.uncertain = uncertain_spans(draft, track.span);
    return track;
  }

 private:
  FrameSpan span_of(const Draft& draft) const {
    const Sighting& first = draft.sightings.front();
    const Sighting& last = draft.sightings.back();
    const bool lone = draft.sightings.size() == 1;
    const int frames = lone ? kLeastLoneFrames : 0;
    FrameSpan span{first.frame, last.frame};
    const FrameSpan first_shot = shot_of(first.frame);
    const FrameSpan last_shot = shot_of(last.frame);
    while (span.first > first_shot.first &&
           (first.frame - span.first < frames ||
            first.time - clip_.times[span.first - 1] <= reach_beyond(first, lone))) {
      --span.first;
    }
    while (span.last < last_shot.last &&
           (span.last - last.frame < frames ||
            clip_.times[span.last + 1] - last.time <= reach_beyond(last, lone))) {
      ++span.last;
    }
    return span;
  }

  // A face that was hardly found any more is likely still there.
  MediaTime reach_beyond(const Sighting& end, bool lone) const {
    if (lone) return options_.lone_extension;
    return end.found.score < options_.min_score ? options_.unsure_extension : options_.extension;
  }

  FrameSpan shot_of(int frame) const {
    const auto next = std::upper_bound(clip_.cuts.begin(), clip_.cuts.end(), frame);
    return {next == clip_.cuts.begin() ? 0 : *std::prev(next),
            (next == clip_.cuts.end() ? clip_.frame_count() : *next) - 1};
  }

  std::vector<FrameSpan> uncertain_spans(const Draft& draft, const FrameSpan& span) const {
    std::vector<FrameSpan> spans;
    const Sighting& first = draft.sightings.front();
    const Sighting& last = draft.sightings.back();
    if (draft.sightings.size() == 1) return {span};
    if (first.found.score < options_.min_score) spans.push_back({span.first, first.frame});
    for (std::size_t i = 1; i < draft.sightings.size(); ++i) {
      const Sighting& from = draft.sightings[i - 1];
      const Sighting& to = draft.sightings[i];
      if (to.time - from.time > kLongGap) spans.push_back({from.frame + 1, to.frame - 1});
    }
    if (last.found.score < options_.min_score) spans.push_back({last.frame, span.last});
    return spans;
  }

  const ClipTracks& clip_;
  const TrackOptions& options_;
};

}  // namespace

namespace {

// Where the face goes on to beyond its last (or first) box: as it moved there, for a while, then it rests.
// `step` leads from that end into the track.
BoxF beyond_end(std::span<const KeyBox> keys, std::ptrdiff_t end, std::ptrdiff_t step, MediaTime ahead,
                std::span<const MediaTime> times) {
  const KeyBox& last = keys[static_cast<std::size_t>(end)];
  const KeyBox* from = nullptr;
  MediaTime apart{};
  for (std::ptrdiff_t i = end + step; i >= 0 && i < std::ssize(keys) && apart < kMotionTime; i += step) {
    from = &keys[static_cast<std::size_t>(i)];
    apart = std::chrono::abs(times[last.frame] - times[from->frame]);
  }
  if (from == nullptr || last.edited || apart > 3 * kMotionTime) return last.box;
  const float share =
      static_cast<float>(std::min(ahead, kMotionGoesOn).count()) / static_cast<float>(apart.count());
  const PointF a = from->box.center();
  const PointF b = last.box.center();
  return moved(last.box, (b.x - a.x) * share, (b.y - a.y) * share);
}

}  // namespace

TrackedBox box_at(const Track& track, int frame, std::span<const MediaTime> times) {
  const std::span<const KeyBox> keys = track.keys;
  const auto after = std::lower_bound(keys.begin(), keys.end(), frame,
                                      [](const KeyBox& key, int wanted) { return key.frame < wanted; });
  const auto beyond = [&](std::ptrdiff_t end, std::ptrdiff_t step) {
    const KeyBox& key = keys[static_cast<std::size_t>(end)];
    const MediaTime ahead = std::chrono::abs(times[frame] - times[key.frame]);
    return TrackedBox{beyond_end(keys, end, step, ahead, times), key.score,
                      key.edited ? BoxOrigin::kEdited : BoxOrigin::kExtended};
  };
  if (after == keys.end()) return beyond(std::ssize(keys) - 1, -1);
  const KeyBox& to = *after;
  if (to.frame == frame) return {to.box, to.score, to.edited ? BoxOrigin::kEdited : BoxOrigin::kDetected};
  if (after == keys.begin()) return beyond(0, 1);
  const KeyBox& from = *std::prev(after);
  const auto whole = static_cast<float>((times[to.frame] - times[from.frame]).count());
  const float share = static_cast<float>((times[frame] - times[from.frame]).count()) / whole;
  return {between(from.box, to.box, share), std::min(from.score, to.score),
          from.edited && to.edited ? BoxOrigin::kEdited : BoxOrigin::kInterpolated};
}

// Frames wait until the ones after them are known, to tell cuts.
struct Tracker::Impl {
  explicit Impl(const TrackOptions& given) : options(given), linker(options) {}

  TrackOptions options;
  Linker linker;
  ClipTracks clip;
  std::vector<float> changes;  // of all frames so far
  std::vector<std::vector<ScoredBox>> waiting;
  std::vector<bool> looked;
  int linked_frames = 0;

  void take(const FrameObservation& frame) {
    // A time that does not ascend would divide by nothing further on.
    const bool ascends = clip.times.empty() || frame.time > clip.times.back();
    clip.times.push_back(ascends ? frame.time : clip.times.back() + MediaTime(1));
    changes.push_back(std::isfinite(frame.luma_change) ? frame.luma_change : 0);
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
        linker.begin_shot();
      }
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
  impl_->link_until(impl_->clip.frame_count() - kCutNeighbours);
  if (impl_->linker.sighting_count() > impl_->options.max_boxes) {
    return too_many_boxes(impl_->options.max_boxes);
  }
  return {};
}

ClipTracks Tracker::finish() && {
  Impl& impl = *impl_;
  impl.link_until(impl.clip.frame_count());
  const Finisher finisher(impl.clip, impl.options);
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
