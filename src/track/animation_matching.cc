#include "track/animation_matching.h"

#include <chrono>
#include <utility>

namespace face_privacy {
namespace {

// Animations tell how long a frame is shown, but nothing here depends on it.
constexpr MediaTime kFrameTime = std::chrono::milliseconds(100);
// Of a kept face's box: what covers more of it hides who that is.
constexpr float kMostHidden = 0.25F;

// A track has a face in each of its frames, and goes no farther than they do.
TrackOptions as_they_are() {
  TrackOptions options;
  options.min_score = 0;
  options.low_score = 0;
  options.max_gap = kFrameTime;
  options.extension = options.unsure_extension = MediaTime(0);
  return options;
}

// Faces that are linked from frame to frame; those that cannot be are in none.
ClipTracks linked(const std::vector<std::vector<Face>>& frames) {
  Tracker tracker(as_they_are());
  int look = 0;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    FrameObservation seen;
    seen.time = static_cast<MediaTime::rep>(i) * kFrameTime;
    seen.faces.emplace();
    for (const Face& face : frames[i]) seen.faces->push_back({face.box, face.score, look++});
    if (!tracker.add(seen)) return {};  // too many to say anything of them: nobody is kept
  }
  return std::move(tracker).finish();
}

class Animation {
 public:
  Animation(const std::vector<std::vector<Face>>& frames, std::span<const FaceLook> looks)
      : frames_(frames), tracks_(linked(frames)), matches_(looks.size()), track_of_(looks.size(), -1) {
    std::size_t first = 0;
    for (const auto& frame : frames) {
      first_of_.push_back(first);
      first += frame.size();
    }
    for (std::size_t i = 0; i < looks.size(); ++i) matches_[i].why = looks[i].doubt;
    for (std::size_t track = 0; track < tracks_.tracks.size(); ++track) {
      for (const KeyBox& key : tracks_.tracks[track].keys) {
        if (key.look >= 0) track_of_[static_cast<std::size_t>(key.look)] = static_cast<int>(track);
      }
    }
  }

  const ClipTracks& tracks() const { return tracks_; }

  void take(const std::vector<FaceMatch>& of_tracks) {
    for (std::size_t face = 0; face < matches_.size(); ++face) {
      if (track_of_[face] >= 0) matches_[face] = of_tracks[static_cast<std::size_t>(track_of_[face])];
    }
  }

  // One track that is covered may lie over another, so again until all that is kept is clear.
  void ask_about_hidden() {
    for (bool changed = true; std::exchange(changed, false);) {
      for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
        for (std::size_t i = 0; i < frames_[frame].size(); ++i) changed |= ask_if_hidden(frame, i);
      }
    }
  }

  std::vector<FaceMatch> matches() && { return std::move(matches_); }

 private:
  FaceMatch& match_of(std::size_t frame, std::size_t face) { return matches_[first_of_[frame] + face]; }

  bool ask_if_hidden(std::size_t frame, std::size_t face) {
    if (match_of(frame, face).verdict != Verdict::kKeep) return false;
    const BoxF& box = frames_[frame][face].box;
    const bool is_hidden =
        (frame > 0 && hides(frame - 1, box)) || (frame + 1 < frames_.size() && hides(frame + 1, box));
    if (is_hidden) ask_about(track_of_[first_of_[frame] + face]);
    return is_hidden;
  }

  bool hides(std::size_t frame, const BoxF& box) {
    for (std::size_t i = 0; i < frames_[frame].size(); ++i) {
      const bool is_covered = match_of(frame, i).verdict != Verdict::kKeep;
      if (is_covered && intersection_area(frames_[frame][i].box, box) > kMostHidden * box.area()) return true;
    }
    return false;
  }

  void ask_about(int track) {
    for (const KeyBox& key : tracks_.tracks[static_cast<std::size_t>(track)].keys) {
      if (key.look < 0) continue;
      FaceMatch& match = matches_[static_cast<std::size_t>(key.look)];
      match.verdict = Verdict::kAsk;
      match.why = Doubt::kChanges;
    }
  }

  const std::vector<std::vector<Face>>& frames_;
  const ClipTracks tracks_;
  std::vector<FaceMatch> matches_;
  std::vector<int> track_of_;          // of each face; -1: none
  std::vector<std::size_t> first_of_;  // face of each frame
};

}  // namespace

std::vector<FaceMatch> match_animation(const std::vector<std::vector<Face>>& frames,
                                       std::span<const FaceLook> looks, const MatchBands& bands,
                                       const std::vector<bool>& have_doubles) {
  TrackMatchRules rules{bands, have_doubles};
  rules.least_looks = 1;
  rules.near = MediaTime(0);
  Animation animation(frames, looks);
  animation.take(match_tracks(animation.tracks(), looks, rules));
  animation.ask_about_hidden();
  return std::move(animation).matches();
}

}  // namespace face_privacy
