// Who is where in a clip: from boxes found in some frames to tracks that cover a face from its first
// frame to its last. Values only; no pixels, no codec. Boxes are in pixels of the upright picture in
// square pixels, as it is shown; frames count from 0 in the order in which they are shown.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "image/geometry.h"
#include "image/similarity.h"
#include "match/match.h"

namespace face_privacy {

using MediaTime = std::chrono::microseconds;  // since the clip's start; may be negative
inline float in_seconds(MediaTime time) { return std::chrono::duration<float>(time).count(); }

struct ScoredBox {
  BoxF box;
  float score = 0;  // 0..1
  int look = -1;    // which of the looks at faces is of this one (matching.h); -1: none
};

// What is known of one frame.
struct FrameObservation {
  MediaTime time{};  // when it is shown; greater than the frame's before
  // What the detector found, any order, down to TrackOptions::low_score; none: it did not look here.
  std::optional<std::vector<ScoredBox>> faces;
  // Mean absolute difference of luma to the frame before, 0..255, on a small picture; 0 for the first.
  float luma_change = 0;
  // How the camera moved: from places in the frame before to where they are in this one.
  Similarity camera{};
};

// How a box came about.
enum class BoxOrigin : std::uint8_t {
  kDetected,      // by the detector, in this frame
  kInterpolated,  // between two detections
  kExtended,      // before the first or after the last detection
  kCarried,       // not found in this frame, but where the camera's motion takes it
  kEdited,        // drawn by a person, or between or beyond such boxes
};

struct TrackedBox {
  BoxF box;
  // Of the detection, or the lower one of its neighbors'; 0 where the camera's motion tells.
  float score = 0;
  BoxOrigin origin = BoxOrigin::kDetected;
};

// A box that is known, not derived.
struct KeyBox {
  int frame = 0;
  BoxF box;
  float score = 0;      // 1 if edited; 0: not found there, but where the camera's motion takes it
  bool edited = false;  // drawn by a person
  int look = -1;        // as of ScoredBox

  bool is_found() const { return edited || score > 0; }
};

// Frames first..last, both included.
struct FrameSpan {
  int first = 0;
  int last = 0;
  bool operator==(const FrameSpan&) const = default;
};

// Whom a track's face looks like, where people were looked for.
struct TrackMatch {
  std::string person;  // empty: nobody
  Verdict verdict = Verdict::kCover;
  Doubt why = Doubt::kNone;
  std::optional<float> score;  // in the mean; none: no face of the track could be compared
};

// One face, or what took one for another: a track follows a place, it does not recognize people.
struct Track {
  int id = 0;  // from 1, unique in a clip
  FrameSpan span;
  std::vector<KeyBox> keys;  // at least one that is found; within the span, by frame, one a frame
  float best_score = 0;
  bool keep = false;  // stays visible: a person said so, or `match` did
  // Where the face may be elsewhere or longer to be seen than the boxes say: long gaps, and ends
  // beyond which low scores lie. Ascending, disjoint.
  std::vector<FrameSpan> uncertain;
  std::optional<TrackMatch> match = std::nullopt;
};

// The box in a frame of the track's span: between keys linear in time; beyond them it goes on for a moment
// as it moved, then rests.
// `times` are the clip's.
TrackedBox box_at(const Track& track, int frame, std::span<const MediaTime> times);

struct ClipTracks {
  std::vector<MediaTime> times;  // one for each frame, ascending
  std::vector<int> cuts;         // frames that begin a new shot, ascending, without frame 0
  std::vector<Track> tracks;     // by first frame

  int frame_count() const { return static_cast<int>(times.size()); }
};

// Defaults: chosen on the half for tuning of tools/synthetic_clips; docs/video-accuracy.md.
struct TrackOptions {
  float min_score = 0.4F;                               // a track needs one box from this score on
  float low_score = 0.05F;                              // boxes from here on continue a track
  MediaTime max_gap = std::chrono::milliseconds(2000);  // without a detection, inside a track
  // At both ends, beyond each box; the second one beyond those that are not sure, but no noise either.
  MediaTime extension = std::chrono::milliseconds(400);
  MediaTime unsure_extension = std::chrono::milliseconds(800);
  std::size_t max_boxes = 8'000'000;  // found in all frames together, 40 bytes each
};

// Whether a frame that differs so much from the one before may begin a new shot; `change_before` is what
// that one differed by from its own predecessor. The detector should look at both. Says yes too often;
// what is a cut is decided with the frames around it, and errs towards none.
bool may_be_cut(float luma_change, float change_before = 0);

// Takes a clip's frames one after the other and links what was found in them. Time and memory are
// linear in the frames, whatever was found: in a frame with very many boxes only the best ones are
// linked, the others from min_score on are tracks by themselves.
class Tracker {
 public:
  explicit Tracker(const TrackOptions& options);
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;
  ~Tracker();

  // kTooManyFrames when the boxes exceed TrackOptions::max_boxes. Boxes that are not finite or have
  // no area do not count, nor do scores below low_score.
  Result<void> add(const FrameObservation& frame);

  ClipTracks finish() &&;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

Result<ClipTracks> link_faces(std::span<const FrameObservation> frames, const TrackOptions& options);

// What a frame needs covered of one track.
struct FrameRegion {
  int track_id = 0;
  BoxF box;
};

// Defaults: chosen on the same half.
struct CoverOptions {
  // The hull of the box and of where it is so far on the way to the frames before and after: a shutter is
  // open for at most the time between two frames.
  float neighbor_share = 0.5F;
  // Of the box's sides, for each second since or until the detection that tells most: a sure one a little
  // while away tells more than an unsure one in the frame.
  float growth_per_second = 0.2F;
  float max_growth = 0.5F;
  // Of the box's sides, as much less as that detection's score is higher: boxes with low scores lie less
  // surely.
  float unsure_growth = 0.1F;
  // Added to both sides of every box: what its edges are off by, however small the face.
  float edge_px = 0;
};

// For the tracks of a clip that is shown in this size: the detector looks at a smaller picture, and is off
// by pixels of that one.
CoverOptions cover_options(Size shown);

// Answers what to cover in each frame. Refers to the tracks, which must stay as they are. Const and
// thread-safe.
class RegionIndex {
 public:
  explicit RegionIndex(const ClipTracks& clip, const CoverOptions& options = {});

  // One region for each covered track that is in the frame; none of those with `keep`. By track id.
  std::vector<FrameRegion> at(int frame) const;
  // Where those with `keep` are in it.
  std::vector<BoxF> kept_at(int frame) const;

 private:
  BoxF covered_box(std::size_t track, int frame) const;
  float growth(std::size_t track, int frame) const;

  const ClipTracks* clip_;
  CoverOptions options_;
  using Blocks =
      std::vector<std::vector<std::uint32_t>>;  // tracks that meet frames [i, i + 1) * kBlockFrames
  Blocks covered_;
  Blocks kept_;
  std::vector<std::vector<std::uint32_t>> found_;  // of each covered track, which keys are found
};

}  // namespace face_privacy
