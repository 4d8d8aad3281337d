// Turns drafts into tracks once all frames' times, cuts and motion are known.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "track/linking.h"
#include "track/track.h"

namespace face_privacy {

class Finisher {
 public:
  // Refers to all three. `cameras` as in FrameObservation, one a frame; nothing moves at a cut.
  Finisher(const ClipTracks& clip, std::span<const Similarity> cameras, const TrackOptions& options)
      : clip_(clip), cameras_(cameras), options_(options), keys_left_(options.max_boxes) {}

  // Without an id.
  Track track_of(const Draft& draft);

 private:
  MediaTime time_between(int frame, int other) const;  // of frames, 0 or more
  Similarity motion(int from, int to) const;           // of the camera between two frames, either way

  FrameSpan span_of(const Draft& draft) const;
  MediaTime reach_beyond(const Sighting& sighting) const;
  FrameSpan shot_of(int frame) const;
  std::vector<FrameSpan> uncertain_spans(const Draft& draft, const FrameSpan& span) const;

  BoxF steadied(std::span<const Sighting> sightings, std::ptrdiff_t at) const;
  void follow_camera(Track& track);
  void add_between(const KeyBox& from, const KeyBox& to, std::vector<KeyBox>& added) const;
  void add_beyond(const Track& track, std::ptrdiff_t end, std::ptrdiff_t step,
                  std::vector<KeyBox>& added) const;

  const ClipTracks& clip_;
  std::span<const Similarity> cameras_;
  const TrackOptions& options_;
  std::size_t keys_left_;  // that may still be added to what was found
};

}  // namespace face_privacy
